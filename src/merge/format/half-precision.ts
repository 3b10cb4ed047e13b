/**
 * The exact float32 value of each IEEE 754 binary16 bit pattern (sign 1, exponent 5, fraction 10), subnormals,
 * infinities and NaN included.
 */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  const table = float16Table()
  const result = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) result[i] = table[bits[i]!]!
  return result
}

/** The exact float32 value of each bfloat16 bit pattern, which is the upper half of a float32. */
export function decodeBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16
  return new Float32Array(words.buffer)
}

/** Rounds to binary16, to nearest, ties to even; beyond 65504 (from 65520 on) to infinity, NaN stays NaN. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const result = new Uint16Array(values.length)
  for (let i = 0; i < words.length; i++) result[i] = float16FromWord(words[i]!)
  return result
}

/** Rounds to bfloat16, to nearest, ties to even; beyond its largest number to infinity, NaN stays a (quiet) NaN of that sign. */
export function encodeBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const result = new Uint16Array(values.length)
  for (let i = 0; i < words.length; i++) result[i] = bfloat16FromWord(words[i]!)
  return result
}

function bfloat16FromWord(word: number): number {
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
}

function float16FromWord(word: number): number {
  const sign = (word >>> 16) & 0x8000
  const magnitude = word & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x47800000) return sign | 0x7c00
  if (magnitude < 0x33000000) return sign // below half of the least subnormal
  if (magnitude >= 0x38800000) return sign | roundShift(magnitude - 0x38000000, 13)
  const exponent = magnitude >>> 23
  return sign | roundShift((magnitude & 0x7fffff) | 0x800000, 126 - exponent)
}

/** value / 2^shift (shift 1 to 24) to the nearest integer, ties to even. A carry runs into the exponent, as it should. */
function roundShift(value: number, shift: number): number {
  const half = 1 << (shift - 1)
  const quotient = value >>> shift
  const rest = value - (quotient << shift)
  return rest > half || (rest === half && (quotient & 1) === 1) ? quotient + 1 : quotient
}

const LEAST_FLOAT16 = 5.960464477539063e-8 // 2⁻²⁴

let table: Float32Array | undefined

function float16Table(): Float32Array {
  if (table !== undefined) return table
  const words = new Uint32Array(65_536)
  const values = new Float32Array(words.buffer)
  for (let bits = 0; bits < 65_536; bits++) {
    const exponent = (bits >>> 10) & 31
    const fraction = bits & 1023
    const sign = (bits & 0x8000) << 16
    if (exponent === 0) values[bits] = (sign === 0 ? fraction : -fraction) * LEAST_FLOAT16
    else words[bits] = (sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)) >>> 0
  }
  table = values
  return values
}
