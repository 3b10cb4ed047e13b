import assert from 'node:assert/strict'
import { test } from 'node:test'
import { incrementalMerge } from '../../../src/merge/incremental/incremental-merge.ts'
import { removalReceipt } from '../../../src/merge/influence/removal-receipt.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { contributionPool, exactSpecs } from './exact-specs.ts'
import { CHARTER } from './fixtures.ts'

const context = { charter: CHARTER }

for (const [name, spec] of exactSpecs()) {
  test(`${name}: the receipt of kept sums is that of merging anew, and its claim that of a merge that never had the peer`, () => {
    const views = contributionPool(spec)
    const left = views.filter(({ header }) => header.peer !== 'peer-b')
    const kept = incrementalMerge(spec, context)
    const receipt = removalReceipt(context, views, kept.merge(views), kept.merge(left))
    const [before, after] = [views, left].map((set) => mergeContributions(spec, context, set)) as [Merge, Merge] // prettier-ignore
    assert.deepEqual(receipt, removalReceipt(context, [...views].reverse(), before, after))
    assert.deepEqual(receipt, {
      v: 1,
      kernel: 1,
      charter: CHARTER,
      removed: [{ peer: 'peer-b', contributions: ids(views, before, 'peer-b') }],
      before: { cut: before.digests.cut, merge: before.digests.merge },
      after: { cut: after.digests.cut, merge: after.digests.merge },
    })
  })
}

type Merge = ReturnType<typeof mergeContributions>

function ids(views: ReturnType<typeof contributionPool>, { cut }: Merge, peer: string): string[] {
  return views.filter(({ id, header }) => header.peer === peer && cut.includes(id)).map(({ id }) => id).sort() // prettier-ignore
}

test('what is no removal gets no receipt', () => {
  const [, spec] = exactSpecs()[0]!
  const views = contributionPool(spec)
  const merge = (set: typeof views): Merge => mergeContributions(spec, context, set)
  const whole = merge(views)
  const first = views.find(({ header }) => header.peer === 'peer-a' && header.task !== null)!
  const rest = views.filter((view) => view !== first)
  const refused = (before: Merge, after: Merge, problem: RegExp): void =>
    assert.throws(() => removalReceipt(context, views, before, after), { code: 'ERR_NO_REMOVAL', message: problem }) // prettier-ignore
  refused(whole, whole, /the same contributions/)
  refused(whole, merge(rest), new RegExp(`of ${first.header.peer} is still there`))
  refused(merge(rest), whole, new RegExp(`${first.id} is in the merge after it`))
  const two = views.filter(({ header }) => header.peer === 'peer-a')
  assert.deepEqual(
    removalReceipt(context, views, whole, merge(two)).removed.map(({ peer }) => peer),
    ['peer-b', 'peer-c'],
  )
})
