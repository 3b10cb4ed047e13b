/** Seeded uniform numbers in [0, 1): mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Floats between two bounds. */
export function floats(length: number, random: () => number, from = -1.7, to = 1.7): Float32Array {
  return Float32Array.from({ length }, () => from + (to - from) * random())
}

/** Whole numbers 0 … below − 1. */
export function integers(length: number, random: () => number, below: number): Int32Array {
  return Int32Array.from({ length }, () => Math.floor(random() * below))
}
