import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { ContributionView, MergeSpec } from '../../../src/merge/types.ts'
import { admitted, CHARTER, everySpec, LORA, makeSpec, RAVAN, TASK, withTask } from './fixtures.ts'

const context = { charter: CHARTER }
const merge = (spec: MergeSpec, views: readonly ContributionView[]) =>
  mergeContributions(spec, context, views)

function swarm(spec: MergeSpec): readonly ContributionView[] {
  const views = ['peer-a', 'peer-b', 'peer-c'].flatMap((peer, i) =>
    [1, 2].map((sequence) =>
      admitted({ spec, peer, seed: `${peer} ${sequence}`, header: { sequence, generation: sequence + i } }),
    ),
  )
  if (spec.classifier.rule !== 'analytic') return views
  const statistics = ['peer-a', 'peer-b'].map((peer) =>
    admitted({ spec, peer, seed: `${peer} 3`, header: { sequence: 3, kind: 'statistics' } }),
  )
  return [...views, ...statistics]
}

for (const [name, spec] of everySpec()) {
  test(`${name}: any order and any repetition of a set gives the same digests`, () => {
    const views = swarm(spec)
    const { digests, cut } = merge(spec, views)
    const indices = fc.array(fc.nat(views.length - 1), { maxLength: 8 })
    const order = fc.shuffledSubarray(
      views.map((_, i) => i),
      { minLength: views.length },
    )
    fc.assert(
      fc.property(order, indices, (first, again) => {
        const mixed = merge(
          spec,
          [...again, ...first, ...again].map((i) => views[i]!),
        )
        assert.deepEqual(mixed.digests, digests)
        assert.deepEqual(mixed.cut, cut)
      }),
      { numRuns: 25, seed: 7 },
    )
  })

  test(`${name}: one contribution that counts more or less changes the merge digest`, () => {
    const all = swarm(spec)
    const { cut, digests } = merge(spec, all)
    const views = all.filter(({ id }) => cut.includes(id))
    const whole = digests.merge
    const fewer = new Set(views.map((_, i) => merge(spec, views.toSpliced(i, 1)).digests.merge))
    assert.equal(fewer.size, views.length)
    assert.ok(!fewer.has(whole))
  })

  test(`${name}: one contribution is merged into itself`, () => {
    const view = admitted({ spec, peer: 'peer-a' })
    if (spec.rule === 'ravan-dense') return // in another shape: ravan-joint.test.ts
    for (const [tensor, { data }] of merge(spec, [view]).adapter) {
      const own = view.tensor(tensor).data
      data.forEach((value, i) =>
        assert.ok(Math.abs(value - own[i]!) <= 1e-5 * Math.max(1, Math.abs(own[i]!))),
      )
    }
  })

  test(`${name}: no contributions give the start state, which adds nothing to the backbone`, () => {
    const start = merge(spec, [])
    assert.equal(start.generation, 0)
    assert.deepEqual([start.cut, start.classifierSource.rule], [[], 'start'])
    const zero = [...start.adapter].filter(([tensor]) => !tensor.endsWith('lora_A'))
    assert.ok(zero.length > 0 && zero.every(([, { data }]) => data.every((value) => value === 0)))
    const trainedA = [...start.adapter].filter(([tensor]) => tensor.endsWith('lora_A'))
    assert.ok(trainedA.every(([, { data }]) => new Set(data).size > data.length / 2))
    assert.notEqual(
      start.digests.merge,
      mergeContributions(spec, { charter: '0'.repeat(64) }, []).digests.merge,
    )
  })
}

test('the newest state of a peer and task wins; another task of the same peer stays', () => {
  const spec = withTask(makeSpec({ decay: 1 }))
  const old = admitted({ spec, peer: 'peer-a', seed: 'old', header: { sequence: 1 } })
  const other = admitted({ spec, peer: 'peer-a', seed: 'task', header: { sequence: 2, task: TASK } })
  const fresh = admitted({ spec, peer: 'peer-a', seed: 'fresh', header: { sequence: 3 } })
  const all = merge(spec, [old, other, fresh])
  const live = merge(spec, [other, fresh])
  assert.deepEqual(all.cut, [other.id, fresh.id].sort())
  assert.deepEqual(all.digests, live.digests)
  assert.notEqual(all.digests.adapter, merge(spec, [fresh]).digests.adapter)
})

test('two contributions under one sequence number: both are left out and named, the older one stands again', () => {
  const spec = withTask(makeSpec())
  const first = admitted({ spec, peer: 'peer-a', seed: '1', header: { sequence: 1 } })
  const lie = admitted({ spec, peer: 'peer-a', seed: '2', header: { sequence: 2, generation: 7 } })
  const otherLie = admitted({ spec, peer: 'peer-a', seed: '3', header: { sequence: 2, task: TASK } })
  const honest = admitted({ spec, peer: 'peer-b', header: { sequence: 2 } })
  const result = merge(spec, [lie, honest, otherLie, first])
  assert.deepEqual(result.equivocating, [lie.id, otherLie.id].sort())
  assert.deepEqual(result.cut, [first.id, honest.id].sort())
  assert.equal(result.generation, 1)
  assert.equal(result.digests.adapter, merge(spec, [first, honest]).digests.adapter)
})

test('mean: samples times γ^age are the weights', () => {
  const spec = makeSpec({ rule: 'mean', decay: 0.25 })
  const counts = (n: number) => ({ classCounts: [n, 0, 0], count: n })
  const old = admitted({ spec, peer: 'peer-a', header: { generation: 1, ...counts(160) } })
  const fresh = admitted({ spec, peer: 'peer-b', header: { generation: 3, ...counts(30) } })
  const name = 'adapter/layer.0.value/lora_B'
  const merged = merge(spec, [old, fresh]).adapter.get(name)!
  merged.data.forEach((value, i) => {
    const expected = (10 * old.tensor(name).data[i]! + 30 * fresh.tensor(name).data[i]!) / 40
    assert.ok(Math.abs(value - expected) < 1e-6)
  })
})

for (const [rule, adapter] of [
  ['lorm', LORA],
  ['ravan', RAVAN],
] as const) {
  // prettier-ignore
  test(`${rule}: equal states stay as they are, whatever their Grams say`, () => {
    const spec = makeSpec({ rule, adapter })
    const first = admitted({ spec, peer: 'peer-a' })
    const trained = [...merge(spec, [first]).adapter.keys()].map((name) => [name, first.tensor(name)] as const)
    const second = admitted({ spec, peer: 'peer-b', tensors: Object.fromEntries(trained) })
    for (const [name, { data }] of merge(spec, [first, second]).adapter) {
      data.forEach((value, i) => assert.ok(Math.abs(value - first.tensor(name).data[i]!) < 1e-5))
    }
  })

  test(`${rule}: where nobody has seen data, the ridge gives the mean and does not erase`, () => {
    const spec = makeSpec({ rule, adapter })
    const views = ['peer-a', 'peer-b'].map((peer) => {
      const gram = (module: string) => {
        const shape = rule === 'ravan' ? [2, 3] : [6]
        const data = Float32Array.from({ length: rule === 'ravan' ? 6 : 6 }, (_, i) =>
          rule === 'ravan' ? Number(i % 3 === 0) * 50 : Number(i === 0) * 50,
        )
        return [`gram/${module}`, { shape, data }] as const
      }
      return admitted({ spec, peer, tensors: Object.fromEntries(spec.modules.map(({ name }) => gram(name))) })
    })
    for (const [name, { data }] of merge(spec, views).adapter) {
      const [a, b] = views.map((view) => view.tensor(name).data)
      data.forEach((value, i) => assert.ok(Math.abs(value - (a![i]! + b![i]!) / 2) < 1e-5, name))
    }
  })
}

test('subnormal numbers survive a merge', () => {
  const spec = makeSpec({ rule: 'mean' })
  const name = 'adapter/layer.0.query/lora_B'
  const tiny = (value: number) => ({ [name]: { shape: [5, 3], data: new Float32Array(15).fill(value) } })
  const least = 2 ** -149
  const counts = { classCounts: [8, 0, 0], count: 8 }
  const views = [6 * least, 12 * least].map((value, i) =>
    admitted({ spec, peer: `peer-${i}`, tensors: tiny(value), header: counts }),
  )
  assert.deepEqual([...new Set(merge(spec, views).adapter.get(name)!.data)], [9 * least])
})

test('a contribution of another charter is refused by name', () => {
  const spec = makeSpec()
  const view = admitted({ spec, peer: 'peer-a' })
  assert.throws(() => mergeContributions(spec, { charter: 'f'.repeat(64) }, [view]), {
    code: 'ERR_FOREIGN_CONTRIBUTION',
    message: new RegExp(`^contribution ${view.id}: charter is ${CHARTER}`),
  })
})

test('γ and the age of a contribution may be extreme without a wait, a NaN or a failure', () => {
  const spec = makeSpec({ decay: 1e-3 })
  const old = admitted({ spec, peer: 'peer-a', header: { generation: 1 } })
  const fresh = admitted({ spec, peer: 'peer-b', header: { generation: 1_000_000 } })
  const both = merge(spec, [old, fresh])
  assert.equal(both.generation, 1_000_000)
  assert.equal(both.digests.adapter, merge(spec, [fresh]).digests.adapter)
})

test('kernel 1 gives these digests, on every machine and in every version', () => {
  const digests = everySpec().map(([name, spec]) => [
    name,
    merge(spec, swarm(spec)).digests.merge.slice(0, 16),
  ])
  assert.deepEqual(Object.fromEntries(digests), {
    'mean of B': '4540ee1ad1c16d63',
    'mean of A and B': 'c0cf38c867e6a63d',
    'mean of heads': 'd3e8759f5961f9ae',
    lorm: '336b2f752a17f160',
    ravan: 'bf77362a08cd6b46',
    'ravan, analytic classifier': '5a3451850b27890c',
    'ravan-coupled': 'da66756be685aafc',
    'ravan-dense': 'b47d1eb3347cc39b',
    regmean: '3b72ad21a16758ad',
    'regmean by diagonals': '22b5dd20a6bd8a74',
    'regmean by eigenpairs': '464633501db664fc',
    fedselect: 'e9fd448fe7a85938',
    'regmean classifier': 'ce8d52c4972fb0f9',
    'published classifier': '1084d46c7278f3c6',
    'affine classifier': 'b31fa773a6d0d1f6',
  })
})
