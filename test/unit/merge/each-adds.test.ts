import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachAdds } from '../../../src/merge/influence/each-adds.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { ContributionView } from '../../../src/merge/types.ts'
import { contributionPool, exactSpecs } from './exact-specs.ts'
import { admitted, CHARTER, everySpec, makeSpec, RAVAN, withTask } from './fixtures.ts'

const context = { charter: CHARTER }

for (const [name, each] of [...everySpec(), ...exactSpecs()]) {
  const spec = each.tasks === undefined ? withTask(each) : each
  test(`${name} (${spec.sums ?? 'ordered'} sums): every step is the merge of what was there, the last one that of all, in any order of the files`, () => {
    const views = contributionPool(spec)
    const steps = [...eachAdds(spec, context, views)]
    const there: ContributionView[] = []
    for (const [i, step] of steps.entries()) {
      there.push(...views.filter(({ id }) => step.contributions.includes(id)))
      const all = i === steps.length - 1 ? views : there
      assert.deepEqual(step.result.digests, mergeContributions(spec, context, all).digests)
      assert.ok(i === 0 || step.generation >= steps[i - 1]!.generation)
    }
    const digests = (of: typeof steps): string[] => of.map(({ result }) => result.digests.merge)
    assert.deepEqual(digests([...eachAdds(spec, context, [...views].reverse())]), digests(steps))
    assert.ok(steps.every(({ change, classifier }) => change >= 0 && classifier >= 0))
  })
}

test('the first is all of it; what is as the merge was before adds nothing', () => {
  const spec = makeSpec({ rule: 'ravan', adapter: RAVAN, sums: 'exact', decay: 1 })
  const first = admitted({ spec, peer: 'peer-a' })
  const same = Object.fromEntries([...mergeContributions(spec, context, [first]).adapter])
  const [one, two] = [...eachAdds(spec, context, [admitted({ spec, peer: 'peer-b', tensors: same }), first])]
  assert.deepEqual([one!.peer, one!.change, one!.classifier], ['peer-a', 1, 1])
  assert.ok(two!.peer === 'peer-b' && two!.change < 1e-6)
})

test('nothing adds nothing', () => {
  assert.deepEqual([...eachAdds(makeSpec({ rule: 'ravan', adapter: RAVAN }), context, [])], [])
})
