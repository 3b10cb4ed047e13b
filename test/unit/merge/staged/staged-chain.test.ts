import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packSymmetric } from '../../../../src/merge/linear/packed-symmetric.ts'
import { phaseFrozenDigest } from '../../../../src/merge/staged/phase-frozen.ts'
import { firstChain, termsOf, type StagedChain } from '../../../../src/merge/staged/staged-chain.ts'
import { taskStart } from '../../../../src/merge/staged/task-start.ts'
import type { ContributionView, MergeSpec, Tensor } from '../../../../src/merge/types.ts'
import { makeSpec, TASK, withTask } from '../fixtures.ts'
import { readCases, relativeError, type Rows as VectorRows } from '../vectors.ts'
import { factorOf, gramOf, rowByCounts, rowsOf, weighed } from './by-hand.ts'
import { contributed, SITES, stagedSpec, STAGED, Walk, walkTask } from './two-sites.ts'
import { matrixFromRows } from '../matrix-from-rows.ts'

const SEED = 20261126
const EPSILON = 1e-6 // a few roundings to float32

const factor = (chain: StagedChain, module: string, name: 'A' | 'B'): Tensor =>
  chain.state.adapter.get(`adapter/${module}/lora_${name}`)!

function assertFactor(chain: StagedChain, module: string, name: 'A' | 'B', expected: number[][]): void {
  const error = relativeError(factor(chain, module, name).data, expected.flat())
  assert.ok(error < EPSILON, `${name} of ${module}: ${error}`)
}

test('a chain of B, A and end is LoRM by hand: each factor weighed by the Grams of its round, the other left to the bit', () => {
  const spec = stagedSpec()
  const walk = new Walk(firstChain(spec))
  const start = walk.chain
  const viewsB = walk.all(spec, { task: null, step: 1 })
  for (const module of spec.modules) {
    const grams = viewsB.map((view) => gramOf(view, module, 2))
    const values = viewsB.map((view) => factorOf(view, module, 'B'))
    assertFactor(walk.chain, module.name, 'B', weighed(values, grams, spec.ridge))
    assert.equal(factor(walk.chain, module.name, 'A'), factor(start, module.name, 'A'))
  }
  const afterB = walk.chain
  const viewsA = walk.all(spec, { task: null, step: 2 })
  for (const module of spec.modules) {
    const grams = viewsA.map((view) => gramOf(view, module, module.in))
    const values = viewsA.map((view) => factorOf(view, module, 'A'))
    assertFactor(walk.chain, module.name, 'A', weighed(values, grams, spec.ridge))
    assert.equal(factor(walk.chain, module.name, 'B'), factor(afterB, module.name, 'B'))
  }
  const afterA = walk.chain
  const viewsEnd = walk.all(spec, null)
  const ids = viewsEnd.map(({ id }) => id).sort()
  assert.deepEqual(walk.chain.ended, [{ task: null, ...afterA.state, grams: ids }])
  assert.deepEqual(walk.chain.cut, [...viewsB, ...viewsA, ...viewsEnd].map(({ id }) => id).sort())
  assert.equal(walk.chain.round, 3)
})

test('classifier rows are the mean by counts of their holders; of a class that nobody holds the row stays', () => {
  const spec = stagedSpec()
  const walk = new Walk(firstChain(spec))
  const of = (site: string, classCounts: number[]): ContributionView =>
    contributed(spec, walk.chain, site, { classCounts })
  const first = walk.step(spec, { task: null, step: 1 }, [of('peer-a', [9, 3, 0]), of('peer-b', [2, 0, 7])])
  const before = walk.chain.state.classifier
  for (const [row, weights] of rowsOf(before.weight).entries()) {
    assert.ok(relativeError(weights, rowByCounts(first, row)!) < EPSILON)
  }
  const second = walk.step(spec, { task: null, step: 2 }, [of('peer-a', [9, 0, 0]), of('peer-b', [5, 0, 0])])
  const after = walk.chain.state.classifier
  assert.ok(relativeError(rowsOf(after.weight)[0]!, rowByCounts(second, 0)!) < EPSILON)
  assert.deepEqual(rowsOf(after.weight).slice(1), rowsOf(before.weight).slice(1))
  assert.deepEqual(after.bias.data.subarray(1), before.bias.data.subarray(1))
})

for (const [file, phase] of [
  ['lorm_b_step.json', 'B'],
  ['lorm_a_step.json', 'A'],
] as const) {
  for (const vector of readCases(file).filter(({ G }) => G !== undefined)) {
    test(`the golden vectors of the ${phase}-step come out of a round: ${vector.name}`, () => {
      const grams = vector.G as VectorRows[]
      const values = vector[phase] as VectorRows[]
      const width = grams[0]!.length
      const [out, rank] = phase === 'B' ? [values[0]!.length, values[0]![0]!.length] : [4, values[0]!.length]
      const form = { form: 'full', shrink: vector.alpha } as const
      const valid = makeSpec({
        ...STAGED,
        modules: [{ name: 'one', in: width, out }],
        adapter: { ...STAGED.adapter!, rank } as MergeSpec['adapter'],
        staged: { rounds: 2, grams: { B: form, A: form } },
      })
      const spec = { ...valid, ridge: vector.rho } // no charter may have none
      const tensor = (rows: VectorRows): Tensor => ({ shape: [rows.length, rows[0]!.length], data: Float32Array.from(rows.flat()) }) // prettier-ignore
      const fresh = firstChain(spec)
      const step = phase === 'B' ? 0 : 1
      const adapter = new Map(fresh.state.adapter)
      if (phase === 'B') adapter.set('adapter/one/lora_A', tensor(vector.A as VectorRows))
      const walk = new Walk({ ...fresh, agenda: { task: null, step }, state: { ...fresh.state, adapter } })
      const views = vector.ids.map((peer, i) => {
        const data = Float32Array.from(packSymmetric(matrixFromRows(grams[i]!)))
        const tensors = { [`adapter/one/lora_${phase}`]: tensor(values[i]!), 'gram/one': { shape: [data.length], data } } // prettier-ignore
        return contributed(spec, walk.chain, peer, { tensors })
      })
      walk.step(spec, { task: null, step: step + 1 }, views)
      const error = relativeError(
        factor(walk.chain, 'one', phase).data,
        (vector.expected as number[][]).flat(),
      )
      assert.ok(error < Math.max(1e-4, vector.tol), `${error}`)
    })
  }
}

test('every contribution of a round says the same: round, task, phase, base, and the factor that stays', () => {
  const spec = stagedSpec()
  const walk = new Walk(firstChain(spec))
  const { adapter } = walk.chain.state
  assert.deepEqual(termsOf(spec, walk.chain), { round: 0, task: null, phase: 'B', base: null, frozen: phaseFrozenDigest(spec, 'B', adapter) }) // prettier-ignore
  walk.all(spec, { task: null, step: 1 })
  const a = termsOf(spec, walk.chain)!
  assert.deepEqual([a.round, a.phase, a.base], [1, 'A', walk.chain.base])
  assert.equal(a.frozen, phaseFrozenDigest(spec, 'A', walk.chain.state.adapter))
  walk.all(spec, { task: null, step: 2 })
  const end = termsOf(spec, walk.chain)!
  assert.deepEqual([end.round, end.phase, end.base], [2, 'end', walk.chain.base])
  assert.equal(end.frozen, phaseFrozenDigest(spec, 'B', walk.chain.state.adapter))
  walk.all(spec, null)
  assert.equal(termsOf(spec, walk.chain), undefined)
  assert.equal(new Set(walk.bases).size, 3, 'each round another base')
})

test('any order of the contributions gives the same chain', () => {
  const spec = stagedSpec()
  const sites = ['peer-a', 'peer-b', 'peer-c', 'peer-d']
  const walkBy = (order: readonly string[]): Walk => {
    const walk = new Walk(firstChain(spec))
    walk.all(spec, { task: null, step: 1 }, order)
    walk.all(spec, { task: null, step: 2 }, [...order].reverse())
    walk.all(spec, null, order)
    return walk
  }
  const expected = walkBy(sites)
  const order = fc.shuffledSubarray(sites, { minLength: sites.length })
  fc.assert(
    fc.property(order, (some) => assert.deepEqual(walkBy(some).chain, expected.chain)),
    { seed: SEED, numRuns: 12 },
  )
})

test('one contribution more or less is another chain', () => {
  const spec = stagedSpec()
  const walks = [SITES, ['peer-a'], ['peer-b']].map((sites) => {
    const walk = new Walk(firstChain(spec))
    walk.all(spec, { task: null, step: 1 }, sites)
    return walk.chain.base
  })
  assert.equal(new Set(walks).size, 3)
})

test('what is opened later changes no digest of the past', () => {
  const before = stagedSpec()
  const after = withTask(before)
  const [early, late] = [new Walk(firstChain(before)), new Walk(firstChain(after))]
  walkTask(early, before, null, null)
  walkTask(late, after, null, null)
  assert.deepEqual(late.bases, early.bases)
  assert.deepEqual(late.chain, early.chain)
})

test('a task begins anew: its own A, B at zero, rows for its own classes', () => {
  const spec = withTask(stagedSpec())
  const walk = new Walk(firstChain(spec))
  walkTask(walk, spec, null, { task: TASK, step: 0 })
  assert.deepEqual(walk.chain.state.adapter, taskStart(spec, TASK))
  assert.notDeepEqual(walk.chain.state.adapter, firstChain(spec).state.adapter)
  assert.deepEqual(walk.chain.state.classifier.weight.shape, [3, spec.features])
  assert.equal(termsOf(spec, walk.chain)!.task, TASK)
  assert.throws(() => new Walk(firstChain(stagedSpec())).all(stagedSpec(), { task: TASK, step: 0 }), /has not been opened/) // prettier-ignore
})

test('a round about nothing changes nothing but its number', () => {
  const spec = withTask(stagedSpec())
  const walk = new Walk(firstChain(spec))
  walkTask(walk, spec, null, null)
  const { base, state, ended, cut } = walk.chain
  walk.step(spec, { task: TASK, step: 0 }, [])
  assert.equal(walk.chain.round, 4)
  assert.deepEqual([walk.chain.base, walk.chain.ended, walk.chain.cut], [base, ended, cut])
  assert.notDeepEqual(walk.chain.state, state)
  const direct = new Walk(firstChain(spec))
  walkTask(direct, spec, null, { task: TASK, step: 0 })
  assert.deepEqual(direct.chain.state, walk.chain.state)
})

test('a round that nobody has contributed to leaves the state, and is remembered in the digests', () => {
  const spec = stagedSpec()
  const walk = new Walk(firstChain(spec))
  const { state } = walk.chain
  walk.step(spec, { task: null, step: 1 }, [])
  assert.deepEqual(walk.chain.state.classifier, state.classifier)
  assert.deepEqual(new Map([...walk.chain.state.adapter].sort()), new Map([...state.adapter].sort()))
  assert.notEqual(walk.chain.base, null)
  walk.all(spec, { task: null, step: 2 })
  walk.step(spec, null, [])
  assert.deepEqual(walk.chain.ended.map(({ grams }) => grams), [[]]) // prettier-ignore
})
