import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactSum, MAX_EXACT_TERMS } from '../../../src/merge/linear/exact-sum.ts'

/** The finest grid, and the largest number below the limit. */
const FINEST = 2 ** -360
const LARGEST = 2 ** 179 - 2 ** 126

/** A double in units of the finest grid, rounded to it, ties to even. */
function units(x: number): bigint {
  const [word] = new BigInt64Array(Float64Array.of(x).buffer)
  const bits = BigInt.asUintN(63, word!)
  const exponent = Number(bits >> 52n)
  const mantissa = (bits & (2n ** 52n - 1n)) | (exponent === 0 ? 0n : 2n ** 52n)
  const shift = Math.max(exponent, 1) - 1075 + 360
  const size = shift >= 0 ? mantissa << BigInt(shift) : shifted(mantissa, BigInt(-shift))
  return word! < 0n ? -size : size
}

function shifted(value: bigint, bits: bigint): bigint {
  const floor = value >> bits
  const twice = 2n * (value - (floor << bits))
  const one = 1n << bits
  return twice > one || (twice === one && floor % 2n === 1n) ? floor + 1n : floor
}

/** `Number` of a bigint is the nearest double, ties to even. */
const expected = (terms: readonly number[]): number =>
  Number(terms.reduce((sum, x) => sum + units(x), 0n)) * FINEST

function sumOf(terms: readonly number[]): number {
  const sum = exactSum(1)
  for (const x of terms) sum.add(Float64Array.of(x))
  return sum.value()[0]!
}

/** Numbers of all sizes, among them those that sit on ties and cancel. */
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -LARGEST, max: LARGEST }),
  fc
    .tuple(fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), fc.integer({ min: -420, max: 120 }))
    .map(([mantissa, exponent]) => Number(mantissa) * 2 ** exponent),
  fc
    .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -365, max: 170 }))
    .map(([small, exponent]) => small * 2 ** exponent),
)

function assertSame(actual: number, wanted: number): void {
  assert.ok(Object.is(actual + 0, wanted + 0), `${actual}, expected ${wanted}`)
}

test('the value is the double nearest to the exact sum', () => {
  fc.assert(
    fc.property(fc.array(number, { maxLength: 12 }), (terms) => assertSame(sumOf(terms), expected(terms))),
    { numRuns: 3000, seed: 1 },
  )
})

test('huge terms that cancel leave the small ones to the last bit', () => {
  fc.assert(
    fc.property(fc.array(number, { maxLength: 6 }), fc.array(number, { maxLength: 6 }), (small, huge) => {
      const terms = [...huge, ...small, ...huge.map((x) => -x)]
      assertSame(sumOf(terms), expected(small))
    }),
    { numRuns: 1000, seed: 2 },
  )
  assert.equal(sumOf([LARGEST, 2 ** -360, -LARGEST]), 2 ** -360)
})

test('ties of the last bit go to even, and a trace far below breaks them', () => {
  for (const one of [1, 2 ** 18, 2 ** 19, 2 ** 35, 2 ** -36, 2 ** 140]) {
    const half = one * 2 ** -53
    assert.equal(sumOf([one, half]), one)
    assert.equal(sumOf([one, half, FINEST]), one + 2 * half)
    assert.equal(sumOf([one, 3 * half]), one + 4 * half)
    assert.equal(sumOf([one, 3 * half, -FINEST]), one + 2 * half)
    assert.equal(sumOf([-one, -half, -FINEST]), -one - 2 * half)
  }
})

test('any order gives the same bits, entry by entry', () => {
  const terms = fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(terms.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))), ([all, mixed]) => {
      const [sum, other] = [exactSum(3), exactSum(3)]
      for (const term of all) sum.add(Float64Array.from(term))
      for (const term of mixed) other.add(Float64Array.from(term))
      assert.deepEqual(other.value(), sum.value())
    }),
    { numRuns: 500, seed: 3 },
  ) // prettier-ignore
})

test('what has come and gone leaves no trace', () => {
  const steps = fc.array(fc.tuple(fc.array(number, { minLength: 4, maxLength: 4 }), fc.boolean()), { maxLength: 14 }) // prettier-ignore
  fc.assert(
    fc.property(steps, (all) => {
      const sum = exactSum(4)
      const alone = exactSum(4)
      for (const [term] of all) sum.add(Float64Array.from(term))
      for (const [term, stays] of all) {
        if (stays) alone.add(Float64Array.from(term))
        else sum.remove(Float64Array.from(term))
      }
      assert.deepEqual(sum.value(), alone.value())
      assert.equal(sum.terms, alone.terms)
    }),
    { numRuns: 1000, seed: 4 },
  )
})

test('subnormal doubles and what lies below the finest grid are rounded to it, term by term', () => {
  for (const x of [Number.MIN_VALUE, 2 ** -1022, 2 ** -361, 2 ** -400]) assert.equal(sumOf([x, x, x]), 0)
  assert.equal(sumOf([1.5 * FINEST]), 2 * FINEST)
  assert.equal(sumOf([0.75 * FINEST, 0.75 * FINEST]), 2 * FINEST)
})

test('many large terms of one sign do not overflow a limb', () => {
  const sum = exactSum(1)
  const term = Float64Array.of(2 ** 35 + 2 ** -1 - 2 ** -17)
  for (let i = 0; i < MAX_EXACT_TERMS; i++) sum.add(term)
  assert.equal(sum.value()[0], term[0]! * MAX_EXACT_TERMS)
  assert.throws(() => sum.add(term), { code: 'ERR_EXACT_SUM', message: /131073 terms/ })
  for (let i = 0; i < MAX_EXACT_TERMS; i++) sum.remove(term)
  assert.equal(sum.value()[0], 0)
  assert.throws(() => sum.remove(term), { code: 'ERR_EXACT_SUM', message: /-1 terms/ })
})

test('numbers beyond the range and arrays of another length are refused, and leave the sum as it is', () => {
  const sum = exactSum(2, 'numerator')
  sum.add(Float64Array.of(1, -1))
  for (const bad of [NaN, Infinity, -Infinity, 2 ** 179]) {
    assert.throws(() => sum.add(Float64Array.of(3, bad)), { code: 'ERR_EXACT_SUM', message: /^numerator: entry 1 is/ }) // prettier-ignore
  }
  assert.throws(() => sum.add(Float64Array.of(1)), { code: 'ERR_SHAPE_MISMATCH' })
  assert.deepEqual([...sum.value()], [1, -1])
})

test('only limbs that occur are allocated', () => {
  const sum = exactSum(10)
  assert.equal(sum.bytes, 0)
  sum.add(new Float64Array(10))
  assert.equal(sum.bytes, 0)
  sum.add(new Float64Array(10).fill(3))
  assert.equal(sum.bytes, 80)
  sum.add(new Float64Array(10).fill(1 / 3))
  assert.equal(sum.bytes, 240)
})
