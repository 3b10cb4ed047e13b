import assert from 'node:assert/strict'

/**
 * Every entry within `tolerance` times the largest magnitude of the expected entries (at least `floor`); NaN is close to
 * nothing.
 */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
  floor = 1e-3,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`)
  const wanted = Array.from(expected)
  const scale = Math.max(floor, ...wanted.map(Math.abs))
  wanted.forEach((entry, i) => {
    const error = Math.abs(actual[i]! - entry)
    assert.ok(error <= tolerance * scale, `${what}[${i}]: ${actual[i]} is not ${entry} (scale ${scale})`)
  })
}
