import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBfloat16, decodeFloat16, encodeFloat16 } from '../../../src/merge/format/half-precision.ts'
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
