import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { incrementalMerge } from '../../../src/merge/incremental/incremental-merge.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { ContributionView } from '../../../src/merge/types.ts'
import { headName } from '../../../src/merge/format/contribution-tensors.ts'
import { admitted, ANCHOR, CHARTER, makeSpec, RAVAN, TASK, withTask } from './fixtures.ts'

const spec = withTask(
  makeSpec({
    rule: 'mean',
    adapter: { ...RAVAN, heads: 3, rank: 1 },
    classifier: { rule: 'analytic', features: 'merged', ridge: 1e-2 },
  }),
)
const merge = (views: readonly ContributionView[]) => mergeContributions(spec, { charter: CHARTER }, views)

interface Sent {
  readonly peer: string
  readonly task: string | null
  /** Heads of an adapter, or the anchor of statistics. */
  readonly what: readonly number[] | string
}

const sent: fc.Arbitrary<Sent> = fc.record({
  peer: fc.constantFrom('peer-a', 'peer-b'),
  task: fc.constantFrom(null, TASK),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.subarray([0, 1, 2], { minLength: 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(ANCHOR, CHARTER) },
  ),
})

/** Numbers count up for each peer, as a site counts them. */
function history(list: readonly Sent[]): ContributionView[] {
  const last = new Map<string, number>()
  return list.map(({ peer, task, what }, i) => {
    const sequence = (last.get(peer) ?? 0) + 1
    last.set(peer, sequence)
    const header = { sequence, task, generation: sequence }
    const seed = String(i)
    if (typeof what === 'string') {
      return admitted({ spec, peer, seed, header: { ...header, kind: 'statistics', anchor: what } })
    }
    const missing = [0, 1, 2].filter((head) => !what.includes(head))
    const tensors = spec.modules.flatMap(({ name }) =>
      missing.map((head) => [headName(name, head), undefined] as const),
    )
    return admitted({ spec, peer, seed, header, tensors: Object.fromEntries(tensors) })
  })
}

test('superseded contributions may be there or not: no digest changes', () => {
  let superseded = 0
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 12 }), fc.infiniteStream(fc.boolean()), (list, coins) => {
      const all = history(list)
      const whole = merge(all)
      const some = all.filter(({ id }) => whole.cut.includes(id) || coins.next().value === true)
      superseded += all.length - whole.cut.length
      assert.deepEqual(merge(some).digests, whole.digests)
      assert.deepEqual(merge(some).cut, whole.cut)
      assert.deepEqual(merge(all.filter(({ id }) => whole.cut.includes(id))).digests, whole.digests)
    }),
    { numRuns: 60, seed: 11 },
  )
  assert.ok(superseded > 50, `${superseded} were superseded`)
})

test('taking one away that counts changes the digest', () => {
  const list = [null, TASK].map((task): Sent => ({ peer: 'peer-a', task, what: [0, 1, 2] }))
  const all = history(list)
  const whole = merge(all).digests.merge
  for (const view of all) assert.notEqual(merge(all.filter((one) => one !== view)).digests.merge, whole)
})

test('merges that are kept from one set to the next do not see superseded contributions either', () => {
  const exact = makeSpec({ rule: 'mean', sums: 'exact', decay: 1 })
  const of = (sequence: number) => admitted({ spec: exact, peer: 'peer-a', seed: String(sequence), header: { sequence } }) // prettier-ignore
  const kept = incrementalMerge(exact, { charter: CHARTER })
  const [first, second] = [of(1), of(2)]
  const both = kept.merge([first, second])
  assert.deepEqual(kept.merge([second]).digests, both.digests)
  assert.deepEqual(both.cut, [second.id])
})
