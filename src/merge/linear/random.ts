import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** A seeded generator: the same seed gives the same numbers on every machine, by integer steps and + − × only. */
export interface Random {
  /** 0 … 2³² − 1. */
  uint32(): number
  /** [0, 1), a multiple of 2⁻⁵³. */
  uniform(): number
  /** Mean 0, variance 1, within ±6: the sum of twelve uniform numbers less six, as no logarithm is portable. */
  normal(): number
  /** 0 … limit − 1, each equally likely; limit 1 … 2³². */
  below(limit: number): number
  /** Fisher–Yates, in place; returns its argument. */
  shuffle<T extends number[] | Uint32Array | Int32Array>(items: T): T
}

const PER_UINT32 = 4_294_967_296
const PER_26_BITS = 67_108_864
const PER_53_BITS = 9_007_199_254_740_992

/** sfc32 (Doty-Humphrey's small fast counter, 128 bits of state), started from the sha2-256 of the seed. */
export function createRandom(seed: string): Random {
  const uint32 = sfc32(sha256(utf8ToBytes(seed)))
  const uniform = (): number => {
    const high = uint32() >>> 5
    return (high * PER_26_BITS + (uint32() >>> 6)) / PER_53_BITS
  }
  const normal = (): number => {
    let sum = 0
    for (let i = 0; i < 12; i++) sum += uniform()
    return sum - 6
  }
  const below = (limit: number): number => {
    const fair = PER_UINT32 - (PER_UINT32 % limit)
    let draw = uint32()
    while (draw >= fair) draw = uint32()
    return draw % limit
  }
  return { uint32, uniform, normal, below, shuffle: (items) => shuffle(items, below) }
}

function shuffle<T extends number[] | Uint32Array | Int32Array>(
  items: T,
  below: (limit: number) => number,
): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const kept = items[i]!
    items[i] = items[j]!
    items[j] = kept
  }
  return items
}

function sfc32(seed: Uint8Array): () => number {
  const words = new DataView(seed.buffer, seed.byteOffset, 16)
  let a = words.getUint32(0, true) | 0
  let b = words.getUint32(4, true) | 0
  let c = words.getUint32(8, true) | 0
  let counter = words.getUint32(12, true) | 0
  const next = (): number => {
    const result = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + result
    c |= 0
    return result >>> 0
  }
  for (let i = 0; i < 16; i++) next()
  return next
}
