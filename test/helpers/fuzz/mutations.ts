import type { Random } from '../../../src/merge/index.ts'
import { Entries, Raw } from './raw-cbor.ts'

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!
}

/** Where numbers, floats, counts and sizes turn. */
export const EDGE_NUMBERS: readonly number[] = [
  0, -0, 1, -1, 2, 23, 24, 255, 256, 65_535, 65_536, 2 ** 24, 2 ** 24 + 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63,
  0.5, 1e-7, 5e-324, 1.2e-38, 1e-45, 3.4e38, 3.5e38, 1e12, 1.7e308, NaN, Infinity, -Infinity, -5e-324, -1e300,
] // prettier-ignore

/** What a float32 can be at its worst. */
export const EDGE_FLOATS: readonly number[] = [NaN, Infinity, -Infinity, -0, 1e-45, -1e-45, 1.2e-38, 3.4e38, -3.4e38, 1e30, -1e30, 1e20, 1e12, 1e6, 1e-20, 0, 1, -1] // prettier-ignore

/** Something of another kind, or of the same kind and out of any bound. */
export function strangeValue(random: Random): unknown {
  return pick<() => unknown>(random, [
    () => pick(random, EDGE_NUMBERS),
    () => null,
    () => random.below(2) === 0,
    () => pick(random, ['', 'adapter', 'statistics', 'x'.repeat(200), '\u0000', '\ud800', '__proto__', 'ab'.repeat(32), 'AB'.repeat(32)]),
    () => new Uint8Array(random.below(70)),
    () => Array.from({ length: random.below(40) }, () => pick(random, EDGE_NUMBERS)),
    () => ({ __proto__x: 1, constructor: null }),
    () => nested(random.below(2000), 'list'),
    () => nested(random.below(300), 'map'),
    () => new Raw(pick(random, ['f97e00', 'fa7fc00000', 'fb7ff8000000000000', 'f7', 'ff', '9f01ff', 'bf616101ff', '1b0000000000000001', '1bffffffffffffffff', '3bffffffffffffffff', '9bffffffffffffffff', 'bbffffffffffffffff', '5bffffffffffffffff', '7b7fffffffffffffff', 'd82a4100', 'c249010000000000000000', 'e0', 'f8ff', '190001', 'fa3f800000', 'f93c00'])),
    () => new Entries([['a', 1], ['a', 2]]),
  ])() // prettier-ignore
}

/** Lists or maps around each other. */
export function nested(depth: number, kind: 'list' | 'map'): Raw {
  const open = kind === 'list' ? '81' : 'a16161'
  return new Raw(`${open.repeat(depth)}01`)
}

/** One to three changes of bytes: bits, bytes, cuts, repeats, lengths, pieces of another file. */
export function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array = bytes): Uint8Array {
  let result = Buffer.from(bytes)
  for (let left = 1 + random.below(3); left > 0; left--)
    result = Buffer.from(mutateOnce(random, result, other))
  return result
}

function mutateOnce(random: Random, bytes: Buffer, other: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1)
  const length = random.below(pick(random, [2, 8, 64, bytes.length + 1]))
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  return pick<() => Uint8Array>(random, [
    () => flip(random, bytes),
    () => flip(random, bytes),
    () => before,
    () => Buffer.concat([before, after.subarray(length)]),
    () => Buffer.concat([before, bytes.subarray(0, length), after]),
    () => Buffer.concat([before, piece(random, other, length), after]),
    () => Buffer.concat([before, piece(random, other, length), after.subarray(length)]),
    () => Buffer.concat([before, Buffer.alloc(length, pick(random, [0, 0xff, 0x5b, 0x9b, 0xbb, 0x7b, 0x80, 0x22])), after.subarray(length)]),
    () => overwrite(bytes, at, word(random)),
  ])() // prettier-ignore
}

function flip(random: Random, bytes: Buffer): Buffer {
  if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
  return bytes
}

function piece(random: Random, from: Uint8Array, length: number): Uint8Array {
  const start = random.below(from.length + 1)
  return from.subarray(start, start + length)
}

function overwrite(bytes: Buffer, at: number, value: Uint8Array): Buffer {
  bytes.set(value.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length))
  return bytes
}

/** A length or a float, in one of the widths in which files have them. */
function word(random: Random): Buffer {
  const result = Buffer.alloc(pick(random, [2, 4, 8]))
  const value = pick(random, EDGE_NUMBERS)
  if (result.length === 4) result.writeFloatLE(value)
  else if (result.length === 8 && random.below(2) === 0) result.writeDoubleBE(value)
  else if (result.length === 8)
    result.writeBigUInt64LE(BigInt.asUintN(64, BigInt(Number.isFinite(value) ? Math.trunc(value) : 2 ** 60))) // prettier-ignore
  else result.writeUInt16BE(random.below(65_536))
  return result
}
