import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duration } from '../../../../src/node/cli/duration.ts'

test('a time is a whole number and a unit', () => {
  const read = ['90s', '30m', '12h', '7d', '2w'].map(duration)
  assert.deepEqual(read, [90_000, 1_800_000, 43_200_000, 604_800_000, 1_209_600_000])
  for (const text of ['', '7', 'd', '0d', '-1d', '1.5h', '7 d', '7days', '1y']) {
    assert.throws(() => duration(text), /whole number and a unit/, text)
  }
})
