import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { foldUpdate, NO_UPDATES, type FoldedUpdates } from '../../../src/merge/rules/fold-update.ts'
import { weightedMean } from '../../../src/merge/rules/weighted-mean.ts'
import { byId, readVector, relativeError } from './vectors.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

interface Golden {
  readonly ids: readonly string[]
  readonly n: readonly number[]
  readonly base: readonly number[]
  readonly delta: readonly (readonly number[])[]
  readonly expected_canonical: readonly number[]
  readonly running_after_each_arrival_in_list_order: readonly (readonly number[])[]
  readonly tol: number
}

const golden = readVector('oneshot.json') as Golden
const based = (mean: ArrayLike<number>): number[] => golden.base.map((value, j) => value + mean[j]!)

test('golden: after every arrival, the mean of what has arrived', () => {
  let folded: FoldedUpdates = NO_UPDATES
  for (const [i, running] of golden.running_after_each_arrival_in_list_order.entries()) {
    folded = foldUpdate(folded, golden.delta[i]!, golden.n[i]!)
    assert.ok(relativeError(based(folded.mean), running) < golden.tol)
  }
  assert.equal(folded.total, 80)
  assert.ok(relativeError(based(folded.mean), golden.expected_canonical) < golden.tol)
})

test('golden: computed anew in canonical order, to the bit', () => {
  const mean = weightedMean(1, golden.base.length)
  for (const i of byId(golden.ids)) mean.add(matrixFromRows([[...golden.delta[i]!]]), golden.n[i]!)
  assert.deepEqual(based(mean.solve()!.data), golden.expected_canonical)
})

test('in every order of arrival the weighted mean, but for rounding', () => {
  const update = fc.tuple(fc.tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.double({ min: -1e3, max: 1e3, noNaN: true })), fc.integer({ min: 1, max: 10_000 })) // prettier-ignore
  fc.assert(
    fc.property(fc.array(update, { minLength: 1, maxLength: 12 }), fc.nat(), (updates, turn) => {
      const order = [...updates.slice(turn % updates.length), ...updates.slice(0, turn % updates.length)].reverse() // prettier-ignore
      const { mean, total } = order.reduce((folded, [values, n]) => foldUpdate(folded, values, n), NO_UPDATES)
      const weight = updates.reduce((sum, [, n]) => sum + n, 0)
      assert.equal(total, weight)
      for (const j of [0, 1] as const) {
        const expected = updates.reduce((sum, [values, n]) => sum + values[j] * (n / weight), 0)
        assert.ok(Math.abs(mean[j]! - expected) < 1e-9)
      }
    }),
    { numRuns: 60, seed: 2 },
  )
})

test('updates of another length, and weights that are none, are refused', () => {
  const one = foldUpdate(NO_UPDATES, [1, 2], 3)
  assert.throws(() => foldUpdate(one, [1], 3), { code: 'ERR_SHAPE_MISMATCH' })
  for (const weight of [0, -1, NaN]) assert.throws(() => foldUpdate(one, [1, 2], weight), RangeError)
  assert.deepEqual([...one.mean], [1, 2])
})
