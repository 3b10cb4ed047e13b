import type { Colour, Relief } from './types.ts'

/** Side of every relief in the unit of lengths. */
export const SIDE = 64

export function emptyRelief(size: number): Relief {
  return { size, height: new Float32Array(size * size), albedo: new Float32Array(3 * size * size) }
}

/** Calls `visit` for every sample with its index and its place. */
export function forEachSample(relief: Relief, visit: (index: number, x: number, y: number) => void): void {
  const step = SIDE / relief.size
  for (let row = 0, index = 0; row < relief.size; row++) {
    for (let col = 0; col < relief.size; col++, index++) visit(index, (col + 0.5) * step, (row + 0.5) * step)
  }
}

export function setAlbedo(relief: Relief, index: number, colour: Colour, strength = 1): void {
  for (let channel = 0; channel < 3; channel++)
    relief.albedo[3 * index + channel] = colour[channel]! * strength
}

/** Moves the albedo of a sample towards a colour: share 0 leaves it, 1 replaces it. */
export function tintAlbedo(relief: Relief, index: number, colour: Colour, share: number): void {
  for (let channel = 0; channel < 3; channel++) {
    const at = 3 * index + channel
    relief.albedo[at] = relief.albedo[at]! * (1 - share) + colour[channel]! * share
  }
}

export function scaleAlbedo(relief: Relief, index: number, factor: number): void {
  for (let channel = 0; channel < 3; channel++) relief.albedo[3 * index + channel]! *= factor
}

/** 0 below `low`, 1 above `high`, a cubic between. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)))
  return t * t * (3 - 2 * t)
}

export function mixColours(from: Colour, to: Colour, share: number): Colour {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ]
}
