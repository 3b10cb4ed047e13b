/** A smooth random function of the plane with values in [0, 1]. */
export type Field = (x: number, y: number) => number

/** Value in [0, 1) of a lattice point: an integer hash, equal on every engine. */
function latticeValue(ix: number, iy: number, seed: number): number {
  let hash = Math.imul(ix, 0x27d4eb2d) ^ Math.imul(iy, 0x165667b1) ^ seed
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296
}

/** Value noise: random values on the integer lattice, joined by cubic smoothsteps; features are one unit wide. */
export function valueNoise(seed: number): Field {
  return (x, y) => {
    const ix = Math.floor(x)
    const iy = Math.floor(y)
    const fx = x - ix
    const fy = y - iy
    const sx = fx * fx * (3 - 2 * fx)
    const sy = fy * fy * (3 - 2 * fy)
    const top = latticeValue(ix, iy, seed) * (1 - sx) + latticeValue(ix + 1, iy, seed) * sx
    const bottom = latticeValue(ix, iy + 1, seed) * (1 - sx) + latticeValue(ix + 1, iy + 1, seed) * sx
    return top * (1 - sy) + bottom * sy
  }
}

/** Octaves of value noise, each twice as fine and `gain` times as strong as the one before, scaled back to [0, 1]. */
export function fractalNoise(seed: number, octaves: number, gain = 0.5): Field {
  const layers = Array.from({ length: octaves }, (_, octave) => valueNoise(seed + octave * 7919))
  return (x, y) => {
    let sum = 0
    let weight = 1
    let total = 0
    let scale = 1
    for (const layer of layers) {
      sum += weight * layer(x * scale, y * scale)
      total += weight
      weight *= gain
      scale *= 2
    }
    return sum / total
  }
}
