import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertSome, chosenIndices, partOf } from '../../../../src/training/data/sample-choice.ts'
import type { SampleSet } from '../../../../src/training/data/samples.ts'

/** Sites of 2, 0, 3 and 1 samples. */
const starts = [0, 2, 2, 5]
const set: SampleSet = {
  labels: Int32Array.of(2, 0, 1, 2, 2, 0),
  sizes: Int32Array.of(5, 6, 7, 8, 9, 10),
  read: (index) => Uint8Array.of(index),
}
const joined = { ...set, starts }

describe('a choice of samples', () => {
  it('is of sites, of classes, or of both, in order', () => {
    assert.equal(chosenIndices(joined, {}), undefined)
    assert.deepEqual(chosenIndices(joined, { sites: [0, 2] }), [0, 1, 2, 3, 4])
    assert.deepEqual(chosenIndices(joined, { sites: [3] }), [5])
    assert.deepEqual(chosenIndices(joined, { classes: [2, 1] }), [0, 2, 3, 4])
    assert.deepEqual(chosenIndices(joined, { sites: [2, 3], classes: [0, 2] }), [3, 4, 5])
    assert.deepEqual(chosenIndices(joined, { sites: [1] }), [])
  })

  it('reads the samples at these places', () => {
    assert.equal(partOf(set, undefined), set)
    const some = partOf(set, [3, 5])
    assert.deepEqual([[...some.labels], [...some.sizes], [...some.read(1)]], [[2, 0], [8, 10], [5]])
  })

  it('of nothing is refused, and says what was asked for', () => {
    assertSome(undefined, {})
    assertSome([0], { sites: [0] })
    const code = 'ERR_NO_SAMPLES'
    assert.throws(() => assertSome([], { sites: [1, 3] }), { code, message: /sites 1, 3/ })
    assert.throws(() => assertSome([], { classes: [7, 8] }), { code, message: /\(rows 7, 8\)/ })
    assert.throws(() => assertSome([], { classes: [] }), { code, message: /none/ })
  })
})
