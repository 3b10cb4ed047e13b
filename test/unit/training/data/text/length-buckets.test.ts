import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bucketOf, chooseBuckets } from '../../../../../src/training/data/text/length-buckets.ts'

const EXTENT = 64
const lengths = fc.array(fc.integer({ min: 1, max: EXTENT }), { minLength: 1, maxLength: 60 })

/** Tokens of all batches' rows. */
function filled(of: readonly number[], buckets: readonly number[]): number {
  return of.reduce((sum, length) => sum + bucketOf(length, buckets), 0)
}

describe('chooseBuckets', () => {
  it('gives at most four, ascending, that hold every text', () => {
    fc.assert(
      fc.property(lengths, (of) => {
        const buckets = chooseBuckets([Int32Array.from(of)], EXTENT)
        assert.ok(buckets.length >= 1 && buckets.length <= 4)
        assert.deepEqual(
          buckets,
          [...new Set(buckets)].sort((a, b) => a - b),
        )
        assert.ok(buckets.every((bucket) => bucket <= EXTENT && bucket % 4 === 0))
        assert.ok(of.every((length) => bucketOf(length, buckets) >= length))
      }),
    )
  })

  it('fills up with fewer tokens than any other choice', () => {
    const steps = Array.from({ length: EXTENT / 4 }, (_, i) => 4 * (i + 1))
    fc.assert(
      fc.property(lengths, fc.subarray(steps, { maxLength: 3 }), (of, others) => {
        const longest = Math.ceil(Math.max(...of) / 4) * 4
        const other = [...others.filter((bucket) => bucket < longest), longest]
        assert.ok(filled(of, chooseBuckets([Int32Array.from(of)], EXTENT)) <= filled(of, other))
      }),
      { numRuns: 300 },
    )
  })

  it('sees all splits, in any order', () => {
    const [a, b] = [Int32Array.from([3, 9, 9, 30]), Int32Array.from([17, 61, 5])]
    assert.deepEqual(chooseBuckets([a, b], EXTENT), chooseBuckets([b, a.toReversed()], EXTENT))
    assert.deepEqual(chooseBuckets([a, b], EXTENT), [12, 20, 32, 64])
  })

  it('needs no more buckets than there are lengths, and never exceeds the extent', () => {
    assert.deepEqual(chooseBuckets([Int32Array.from([5, 6, 7])], EXTENT), [8])
    assert.deepEqual(chooseBuckets([Int32Array.from([30])], 30), [30])
    assert.deepEqual(chooseBuckets([Int32Array.from([])], EXTENT), [EXTENT])
  })
})
