import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
} from '../../../src/merge/format/half-precision.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'

/** The value of a binary16 pattern from its definition. */
function definition(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const everyPattern = Uint16Array.from({ length: 65_536 }, (_, bits) => bits)

test('every float16 pattern decodes to its value and encodes back to itself', () => {
  const values = decodeFloat16(everyPattern)
  const back = encodeFloat16(values)
  for (const bits of everyPattern) {
    assert.ok(Object.is(values[bits], definition(bits)), `pattern ${bits}`)
    if (Number.isNaN(values[bits])) assert.ok(Number.isNaN(definition(back[bits]!)))
    else assert.equal(back[bits], bits)
  }
})

test('float16 rounds to the nearest neighbour and, halfway, to the even one', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [below, above] = [definition(bits), definition(bits + 1)]
    const middle = Math.fround((below + above) / 2)
    const step = (above - below) / 8
    const probes = Float32Array.of(middle - step, middle, middle + step, -middle)
    const even = bits % 2 === 0 ? bits : bits + 1
    assert.deepEqual(
      [...encodeFloat16(probes)],
      [bits, even, bits + 1, even | 0x8000],
      `above pattern ${bits}`,
    )
  }
})

test('float16 at its ends: overflow to infinity from 65520 on, half of the least subnormal to zero', () => {
  const probes = Float32Array.of(
    65_519.996,
    65_520,
    1e30,
    -Infinity,
    2 ** -25,
    2 ** -25 * 1.000001,
    -(2 ** -149),
  )
  assert.deepEqual([...encodeFloat16(probes)], [0x7bff, 0x7c00, 0x7c00, 0xfc00, 0, 1, 0x8000])
})

test('bfloat16 is the upper half of a float32', () => {
  const random = createRandom('bfloat16')
  const values = Float32Array.from({ length: 1000 }, () => random.normal() * 1e-38)
  const words = new Uint32Array(values.buffer)
  const cut = new Float32Array(words.map((word) => (word >>> 16) << 16).buffer)
  assert.deepEqual(decodeBfloat16(Uint16Array.from(words, (word) => word >>> 16)), cut)
})

/** The value of a bfloat16 pattern from its definition. */
function bfloat16Definition(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 7) & 255
  const fraction = bits & 127
  if (exponent === 255) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -133 : sign * (1 + fraction / 128) * 2 ** (exponent - 127)
}

test('every bfloat16 pattern decodes to its value and encodes back to itself', () => {
  const values = decodeBfloat16(everyPattern)
  const back = encodeBfloat16(values)
  for (const bits of everyPattern) {
    assert.ok(Object.is(values[bits], bfloat16Definition(bits)), `pattern ${bits}`)
    if (Number.isNaN(values[bits])) assert.ok(Number.isNaN(bfloat16Definition(back[bits]!)))
    else assert.equal(back[bits], bits)
  }
})

test('bfloat16 rounds to the nearest neighbour and, halfway, to the even one', () => {
  for (let bits = 0; bits < 0x7f7f; bits++) {
    const [below, above] = [bfloat16Definition(bits), bfloat16Definition(bits + 1)]
    const middle = (below + above) / 2 // a float32, subnormal ones included
    const step = (above - below) / 8
    const probes = Float32Array.of(middle - step, middle, middle + step, -middle)
    const even = bits % 2 === 0 ? bits : bits + 1
    assert.deepEqual([...encodeBfloat16(probes)], [bits, even, bits + 1, even | 0x8000], `above ${bits}`)
  }
})

test('bfloat16 at its ends: overflow to infinity, NaN of any payload stays one', () => {
  const nan = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff).buffer)
  const coded = encodeBfloat16(nan)
  assert.ok(coded.every((bits) => Number.isNaN(bfloat16Definition(bits))))
  assert.deepEqual([...coded].map((bits) => bits >> 15), [0, 1, 0, 1]) // prettier-ignore
  const [largest, halfway] = [bfloat16Definition(0x7f7f), 2 ** 127 * (2 - 2 ** -8)]
  const probes = Float32Array.of(
    largest,
    halfway * (1 - 2 ** -20),
    halfway,
    -halfway,
    -Infinity,
    -0,
    2 ** -149,
  )
  assert.deepEqual([...encodeBfloat16(probes)], [0x7f7f, 0x7f7f, 0x7f80, 0xff80, 0xff80, 0x8000, 0])
})
