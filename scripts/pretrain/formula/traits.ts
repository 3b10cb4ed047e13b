import type { Mask } from './mask.ts'

/** Cells per side of the coarse map of where the shape is. */
const COARSE = 4

/** Numbers per picture: two fields, place, and the 17 choices of compose.ts. */
export const TRAIT_COUNT = 2 * 5 + 4 + COARSE * COARSE + 17

/** Mean, deviation, roughness and direction (cos and sin of twice the angle) of a field's slopes. */
function fieldTraits(field: Float32Array, size: number): number[] {
  let [sum, squares, xx, yy, xy] = [0, 0, 0, 0, 0]
  for (let row = 0; row < size; row++) {
    for (let col = 0; col < size; col++) {
      const value = field[row * size + col]!
      const dx = col + 1 < size ? field[row * size + col + 1]! - value : 0
      const dy = row + 1 < size ? field[(row + 1) * size + col]! - value : 0
      sum += value
      squares += value * value
      xx += dx * dx
      yy += dy * dy
      xy += dx * dy
    }
  }
  const area = size * size
  const mean = sum / area
  const slopes = xx + yy + 1e-6
  const deviation = Math.sqrt(Math.max(0, squares / area - mean * mean))
  return [mean, deviation, Math.sqrt(slopes / area), (xx - yy) / slopes, (2 * xy) / slopes]
}

/** Where the shape is: its centre, how far it reaches, and its share of each cell of a coarse grid. */
function placeTraits(mask: Mask): number[] {
  const { size, data } = mask
  const cells = new Array<number>(COARSE * COARSE).fill(0)
  let [total, x, y, spread] = [1e-3, 0, 0, 0]
  for (let row = 0, index = 0; row < size; row++) {
    for (let col = 0; col < size; col++, index++) {
      const value = data[index]!
      const [u, v] = [col / size - 0.5, row / size - 0.5]
      total += value
      x += value * u
      y += value * v
      spread += value * (u * u + v * v)
      cells[Math.floor((row * COARSE) / size) * COARSE + Math.floor((col * COARSE) / size)]! += value
    }
  }
  const perCell = (size * size) / (COARSE * COARSE)
  const centre = [x / total, y / total] as const
  const reach = Math.sqrt(Math.max(0, spread / total - centre[0] ** 2 - centre[1] ** 2))
  return [...centre, reach, Math.log(total), ...cells.map((value) => Math.sqrt(value / perCell))]
}

/**
 * What the formulas of a picture say of it as numbers, for the learner to read off: traits of the shape's mask, of the
 * texture's field, and the choices of the composition (colours, opacity, lamp, camera).
 */
export function pictureTraits(mask: Mask, texture: Float32Array, choices: readonly number[]): Float32Array {
  return Float32Array.of(
    ...fieldTraits(mask.data, mask.size),
    ...placeTraits(mask),
    ...fieldTraits(texture, mask.size),
    ...choices,
  )
}
