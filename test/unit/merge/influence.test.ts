import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frozenFactors } from '../../../src/merge/adapters/frozen-factors.ts'
import { influence, type PeerInfluence } from '../../../src/merge/influence/influence.ts'
import { unpackSymmetric } from '../../../src/merge/linear/packed-symmetric.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { ContributionView, MergeResult, MergeSpec, TargetModule } from '../../../src/merge/types.ts'
import { contributionPool, exactSpecs } from './exact-specs.ts'
import { admitted, CHARTER, everySpec, LORA, makeSpec, RAVAN, withTask } from './fixtures.ts'

const context = { charter: CHARTER }
type Rows = number[][]

/** What a merge adds to a layer, entry by entry, from the formulas of types.ts. */
function denseDelta({ adapterSpec: spec, adapter }: MergeResult, module: TargetModule): Rows {
  const frozen = frozenFactors(spec, [module])
  const read = (part: string, cols: number): Rows => {
    const { data } = adapter.get(`adapter/${module.name}/${part}`) ?? frozen.get(`frozen/${module.name}/${part}`)! // prettier-ignore
    return Array.from({ length: data.length / cols }, (_, i) => [...data.slice(i * cols, (i + 1) * cols)])
  }
  if (spec.kind === 'lora') {
    const product = times(read('lora_B', spec.rank), read('lora_A', module.in))
    return product.map((row) => row.map((value) => (value * spec.alpha) / spec.rank))
  }
  const [a, b] = [read('A', module.in), read('B', spec.heads * spec.rank)]
  const heads = Array.from({ length: spec.heads }, (_, h) => {
    const columns = b.map((row) => row.slice(h * spec.rank, (h + 1) * spec.rank))
    return times(times(columns, read(`head.${h}`, spec.rank)), a.slice(h * spec.rank, (h + 1) * spec.rank))
  })
  return heads.reduce(plus).map((row) => row.map((value) => value * spec.alpha))
}

const times = (a: Rows, b: Rows): Rows =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)))
const plus = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((x, j) => x + b[i]![j]!))
const less = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((x, j) => x - b[i]![j]!))
const norm = (a: Rows): number => Math.sqrt(a.flat().reduce((sum, x) => sum + x * x, 0))

function all(spec: MergeSpec, views: readonly ContributionView[]): readonly PeerInfluence[] {
  return [...influence(spec, context, views)]
}

function assertNear(actual: number | undefined, expected: number, what: string): void {
  assert.ok(Math.abs(actual! - expected) <= 1e-6 * Math.max(1, expected), `${what}: ${actual}, expected ${expected}`) // prettier-ignore
}

for (const [name, each] of [...everySpec(), ...exactSpecs()]) {
  const spec = each.tasks === undefined ? withTask(each) : each
  test(`${name} (${spec.sums ?? 'ordered'} sums): changes are those of the dense deltas against the merge of the others`, () => {
    const views = contributionPool(spec)
    const whole = mergeContributions(spec, context, views)
    const peers = all(spec, views)
    assert.deepEqual(peers.map(({ peer }) => peer), ['peer-a', 'peer-b', 'peer-c']) // prettier-ignore
    for (const each of peers) {
      const rest = mergeContributions(spec, context, views.filter(({ header }) => header.peer !== each.peer)) // prettier-ignore
      assert.deepEqual(each.digests, rest.digests)
      spec.modules.forEach((module, m) => {
        const delta = denseDelta(whole, module)
        const expected = norm(less(delta, denseDelta(rest, module))) / norm(delta)
        assertNear(each.modules[m]!.change, expected, `${each.peer} ${module.name}`)
      })
      assert.ok(each.change > 0 && each.classifier > 0)
    }
    const weighs = ['mean', 'lorm', 'ravan'].includes(spec.rule)
    for (const m of spec.modules.keys()) {
      const shares = peers.map(({ modules }) => modules[m]!.share)
      if (weighs)
        assertNear(shares.reduce((sum: number, share) => sum + share!, 0), 1, 'shares') // prettier-ignore
      else assert.deepEqual(shares, [undefined, undefined, undefined])
    }
  })
}

test('lorm on A: the response is that of the dense delta on the inputs of all', () => {
  const adapter = { ...LORA, trains: 'A' } as const
  const spec = makeSpec({ adapter, grams: { form: 'full' }, ridge: 1e-5, sums: 'exact', decay: 1 })
  const views = ['peer-a', 'peer-b'].map((peer) => admitted({ spec, peer }))
  const [own] = all(spec, views)
  const [whole, rest] = [views, views.slice(1)].map((set) => mergeContributions(spec, context, set)) as [MergeResult, MergeResult] // prettier-ignore
  let [changed, of] = [0, 0]
  for (const module of spec.modules) {
    const grams = views.map((view) => rows(unpackSymmetric(view.tensor(`gram/${module.name}`).data, module.in))) // prettier-ignore
    const gram = grams.reduce(plus)
    const response = (delta: Rows): number =>
      trace(times(times(delta, gram), delta[0]!.map((_, j) => delta.map((row) => row[j]!)))) // prettier-ignore
    const delta = denseDelta(whole, module)
    changed += response(less(delta, denseDelta(rest, module)))
    of += response(delta)
    const traces = grams.map(trace)
    const share = own!.modules.find((each) => each.module === module.name)!.share
    assertNear(share, traces[0]! / (traces[0]! + traces[1]!), 'share')
  }
  const near = Math.abs(own!.response! / Math.sqrt(changed / of) - 1)
  assert.ok(near < 1e-4, `the ridge moves it a little: ${near}`)
})

const rows = ({ cols, data }: { cols: number; data: Float64Array }): Rows =>
  Array.from({ length: data.length / cols }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)])
const trace = (a: Rows): number => a.reduce((sum, row, i) => sum + row[i]!, 0)

test('a peer that is alone is all of it; one whose state is the merge of the others changes nothing', () => {
  const spec = makeSpec({ rule: 'ravan', adapter: RAVAN, sums: 'exact', decay: 1 })
  const [only] = all(spec, [admitted({ spec, peer: 'peer-a' })])
  assert.deepEqual([only!.change, only!.response, only!.share, only!.classifier], [1, 1, 1, 1])
  const first = admitted({ spec, peer: 'peer-a' })
  const same = Object.fromEntries([...mergeContributions(spec, context, [first]).adapter])
  const second = all(spec, [first, admitted({ spec, peer: 'peer-b', tensors: same })])[1]!
  assert.ok(second.change < 1e-6 && second.response! < 1e-6 && second.share! > 0.1)
})

test('it tells one peer after the other and computes none that is not asked for; without contributions it tells nothing', () => {
  const spec = makeSpec()
  const views = ['peer-b', 'peer-a'].map((peer) => admitted({ spec, peer }))
  const steps = influence(spec, context, views)
  const first = steps.next()
  assert.equal(first.done === false && first.value.peer, 'peer-a')
  assert.equal(steps.next().done, false)
  const last = steps.next()
  assert.ok(last.done === true && last.value.digests.merge === mergeContributions(spec, context, views).digests.merge) // prettier-ignore
  assert.deepEqual(all(spec, []), [])
})
