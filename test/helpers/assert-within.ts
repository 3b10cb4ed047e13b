import assert from 'node:assert/strict'

/** Every number within an absolute tolerance of the expected one; NaN is within nothing. */
export function assertWithin(
  actual: ArrayLike<number>,
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `length of ${what}`)
  const at = expected.findIndex((value, i) => !(Math.abs(value - actual[i]!) <= tolerance))
  assert.ok(at === -1, `${what}: entry ${at} is ${actual[at]}, expected ${expected[at]} ± ${tolerance}`)
}
