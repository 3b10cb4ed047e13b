/** Coverage in [0, 1] of every pixel of a square picture. */
export interface Mask {
  readonly size: number
  readonly data: Float32Array
}

export interface Place {
  readonly x: number
  readonly y: number
}

export function emptyMask(size: number): Mask {
  return { size, data: new Float32Array(size * size) }
}

/** Puts a soft disc on the mask; overlapping discs do not add up. Lengths in pixels. */
export function stampDisc(mask: Mask, x: number, y: number, radius: number): void {
  const { size, data } = mask
  const reach = radius + 0.5
  const top = Math.max(0, Math.ceil(y - reach - 0.5))
  const bottom = Math.min(size - 1, Math.floor(y + reach - 0.5))
  const left = Math.max(0, Math.ceil(x - reach - 0.5))
  const right = Math.min(size - 1, Math.floor(x + reach - 0.5))
  for (let row = top; row <= bottom; row++) {
    for (let col = left; col <= right; col++) {
      const distance = Math.sqrt((col + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2)
      const cover = Math.min(1, Math.max(0, reach - distance))
      const index = row * size + col
      if (cover > data[index]!) data[index] = cover
    }
  }
}

/** Draws a line through the places given, of the width given, by discs half a pixel apart. */
export function drawPath(mask: Mask, path: readonly Place[], width: number): void {
  for (let i = 0; i + 1 < path.length; i++) {
    const from = path[i]!
    const to = path[i + 1]!
    const length = Math.sqrt((to.x - from.x) ** 2 + (to.y - from.y) ** 2)
    const steps = Math.max(1, Math.ceil(length * 1.5))
    for (let s = 0; s < steps; s++) {
      const t = s / steps
      stampDisc(mask, from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t, width / 2)
    }
  }
}

/** Fills a closed outline by the even-odd rule, one row at a time. */
export function fillPath(mask: Mask, path: readonly Place[]): void {
  const { size, data } = mask
  for (let row = 0; row < size; row++) {
    const y = row + 0.5
    const crossings: number[] = []
    for (let i = 0; i < path.length; i++) {
      const from = path[i]!
      const to = path[(i + 1) % path.length]!
      if (from.y <= y === to.y <= y) continue
      crossings.push(from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x))
    }
    crossings.sort((a, b) => a - b)
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const right = Math.min(size - 1, Math.floor(crossings[i + 1]! - 0.5))
      for (let col = Math.max(0, Math.ceil(crossings[i]! - 0.5)); col <= right; col++)
        data[row * size + col] = 1
    }
  }
}
