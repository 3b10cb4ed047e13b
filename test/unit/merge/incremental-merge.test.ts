import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { incrementalMerge } from '../../../src/merge/incremental/incremental-merge.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { ContributionView } from '../../../src/merge/types.ts'
import { contributionPool, exactSpecs } from './exact-specs.ts'
import { admitted, CHARTER, makeSpec } from './fixtures.ts'

const context = { charter: CHARTER }
const spec = makeSpec({ sums: 'exact', decay: 1 })

for (const [name, each] of exactSpecs()) {
  test(`${name}: after any arrivals, supersessions, withdrawals and equivocations it is the merge of what is there`, () => {
    const pool = [...contributionPool(each)]
    const sets = fc.array(fc.shuffledSubarray(pool), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(sets, (sequence) => {
        const kept = incrementalMerge(each, context)
        for (const views of sequence) {
          const { adapter, ...rest } = mergeContributions(each, context, views)
          const { adapter: incremental, ...others } = kept.merge(views)
          assert.deepEqual(others, rest)
          assert.deepEqual(incremental, adapter)
        }
      }),
      { numRuns: 40, seed: 9 },
    )
  })
}

/** A view that counts how often it is read, and cannot be read any more once told so. */
function watched(view: ContributionView): ContributionView & { reads: number; isLost: boolean } {
  return {
    ...view,
    reads: 0,
    isLost: false,
    has: (name) => view.has(name),
    tensor(name) {
      this.reads += 1
      if (this.isLost) throw new Error(`${view.id} is lost`)
      return view.tensor(name)
    },
  }
}

const peers = (count: number): ContributionView[] =>
  Array.from({ length: count }, (_, i) => admitted({ spec, peer: `peer-${i}` }))

test('only what has come or gone is read', () => {
  const views = peers(6).map(watched)
  const kept = incrementalMerge(spec, context)
  kept.merge(views.slice(0, 4))
  const first = views.map(({ reads }) => reads)
  kept.merge(views.slice(0, 5))
  assert.deepEqual(views.slice(0, 4).map(({ reads }) => reads), first.slice(0, 4)) // prettier-ignore
  assert.ok(views[4]!.reads > 0 && views[5]!.reads === 0)
  kept.merge(views.slice(1, 5))
  assert.deepEqual(views.slice(1, 4).map(({ reads }) => reads), first.slice(1, 4)) // prettier-ignore
  const again = kept.merge(views.slice(1, 5))
  assert.deepEqual(views.slice(1, 4).map(({ reads }) => reads), first.slice(1, 4)) // prettier-ignore
  assert.equal(again.digests.merge, mergeContributions(spec, context, views.slice(1, 5)).digests.merge)
})

test('a contribution that goes and cannot be read any more is taken off by starting again', () => {
  const views = peers(4).map(watched)
  const kept = incrementalMerge(spec, context)
  kept.merge(views)
  views[1]!.isLost = true
  const left = [views[0]!, views[2]!, views[3]!]
  assert.equal(kept.merge(left).digests.merge, mergeContributions(spec, context, left).digests.merge)
})

test('one that comes and cannot be read fails by itself, and the next merge is right', () => {
  const views = peers(3).map(watched)
  const kept = incrementalMerge(spec, context)
  kept.merge(views.slice(0, 2))
  views[2]!.isLost = true
  assert.throws(() => kept.merge(views), { message: `${views[2]!.id} is lost` })
  views[2]!.isLost = false
  assert.equal(kept.merge(views).digests.merge, mergeContributions(spec, context, views).digests.merge)
})

test('its size is said, and ordered sums are refused', () => {
  const kept = incrementalMerge(spec, context)
  kept.merge(peers(3))
  const entries = 5 * 3 + 9 * 3 + 2 * 6 // factors, packed Grams
  assert.ok(kept.bytes >= 8 * 2 * entries && kept.bytes <= 8 * 8 * (entries + 3 * 5), String(kept.bytes))
  assert.throws(() => incrementalMerge(makeSpec(), context), { code: 'ERR_MERGE_SPEC', message: /ordered/ })
})
