import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { validateMergeSpec } from '../../../src/merge/admit/validate-spec.ts'
import type { PeermergeError } from '../../../src/errors.ts'
import type { MergeSpec, Tensor } from '../../../src/merge/types.ts'
import { contributionPool, exactSpecs } from './exact-specs.ts'
import { admitted, CHARTER, LORA, makeSpec } from './fixtures.ts'
import { relativeError } from './vectors.ts'

const context = { charter: CHARTER }

for (const [name, spec] of exactSpecs()) {
  test(`${name}: exact sums give what ordered ones give, but for rounding`, () => {
    const pool = contributionPool(spec)
    const exact = mergeContributions(spec, context, pool)
    const ordered = mergeContributions({ ...spec, sums: 'ordered' }, context, pool)
    for (const [tensor, { data }] of ordered.adapter) {
      assert.ok(relativeError(exact.adapter.get(tensor)!.data, data) < 1e-6, tensor)
    }
    assert.ok(relativeError(exact.classifier.weight.data, ordered.classifier.weight.data) < 1e-6)
    assert.ok(relativeError(exact.classifier.bias.data, ordered.classifier.bias.data) < 1e-6)
    assert.deepEqual([exact.equivocating, exact.cut], [ordered.equivocating, ordered.cut])
    assert.notEqual(exact.digests.merge, ordered.digests.merge)
  })

  test(`${name}: any order and repetition of a set gives the same digests`, () => {
    const pool = contributionPool(spec)
    const { digests } = mergeContributions(spec, context, pool)
    fc.assert(
      fc.property(fc.shuffledSubarray([...pool], { minLength: pool.length }), (mixed) => {
        assert.deepEqual(mergeContributions(spec, context, [...mixed, mixed[0]!]).digests, digests)
      }),
      { numRuns: 10, seed: 8 },
    )
  })
}

test('mean: the sums are those of whole numbers, divided once and rounded once', () => {
  const spec = makeSpec({ rule: 'mean', sums: 'exact', decay: 1 })
  const views = Array.from({ length: 20 }, (_, i) => admitted({ spec, peer: `peer-${i}` }))
  const tensor = 'adapter/layer.0.value/lora_B'
  const unit = 2n ** 80n
  const total = views.reduce((sum, { header }) => sum + header.count, 0)
  mergeContributions(spec, context, views)
    .adapter.get(tensor)!
    .data.forEach((value, i) => {
      const sum = views.reduce(
        (all, view) => all + BigInt(view.header.count) * BigInt(view.tensor(tensor).data[i]! * Number(unit)),
        0n,
      )
      assert.equal(value, Math.fround(Number(sum) / Number(unit) / total))
    })
})

test('the largest contributions that a charter can admit fit', () => {
  const limits = { maxCount: 2 ** 24, maxAbs: 1e12, maxGenerationLead: 1 }
  const adapter = { ...LORA, rank: 2 } as const
  const spec = makeSpec({ sums: 'exact', decay: 1, limits, adapter, classifier: { rule: 'counts' } })
  const most = Math.fround(0.99e12)
  const header = { count: 2 ** 24, classCounts: [2 ** 24, 0, 0] }
  const views = ['peer-a', 'peer-b', 'peer-c'].map((peer) => {
    const tensors: Record<string, Tensor> = {}
    for (const { name, out } of spec.modules) {
      tensors[`adapter/${name}/lora_B`] = { shape: [out, 2], data: new Float32Array(out * 2).fill(most) }
      tensors[`gram/${name}`] = { shape: [3], data: Float32Array.of(8e18, 1e18, 8e18) }
    }
    return admitted({ spec, peer, header, tensors })
  })
  for (const { data } of mergeContributions(spec, context, views).adapter.values()) {
    for (const value of data) assert.ok(Math.abs(value / most - 1) < 1e-6)
  }
})

test('exact sums give these digests, on every machine and in every version', () => {
  const digests = exactSpecs().map(([name, spec]) => [
    name,
    mergeContributions(spec, context, contributionPool(spec)).digests.merge.slice(0, 16),
  ])
  assert.deepEqual(Object.fromEntries(digests), {
    'mean of B': 'b70c87461b8088e1',
    'mean of A and B': '067c5e5419a47fce',
    'mean of heads': '777200da656d5685',
    lorm: '8a88d9b5b18b4c2a',
    'lorm on A, full Grams': '54f200a998beda9f',
    'lorm on A, diagonal Grams': '7682b32ad16afd23',
    'lorm, half precision': '45cf64f8fad22cc3',
    'ravan, analytic classifier': '572c8edb183367a8',
    'ravan, joint Grams': 'b921d345483f1957',
    'mean of B, capped': '3838f616316820bf',
    'lorm, normalised and capped': 'dc4df0f376ecb29b',
    'ravan, analytic classifier, capped': '6734dc14b749ea13',
  })
})

test('exact sums go with limits that look at one contribution alone, and with no others', () => {
  const spec = { ...makeSpec(), sums: 'exact', decay: 1 }
  const cap = { normalise: false, countCap: { atMost: 20 } }
  validateMergeSpec({ ...spec, robust: cap })
  for (const relative of [
    { countCap: { times: 2 } },
    { energyCap: 2 },
    { clip: 1.5 },
    { estimator: 'geometric-median' },
  ]) {
    assert.throws(() => validateMergeSpec({ ...spec, robust: { ...cap, ...relative } }), /robust: .*atMost/)
  }
})

const REFUSED: readonly (readonly [string, Partial<MergeSpec>, RegExp])[] = [
  ['a decay', { decay: 0.5 }, /decay of 1, got 0.5/],
  [
    'top-k Grams',
    { decay: 1, ridge: 1e-5, adapter: { ...LORA, trains: 'A' }, grams: { form: 'top-k', k: 2 } },
    /not top-k/,
  ],
]

for (const [what, changes, message] of REFUSED) {
  test(`exact sums with ${what} are refused by name`, () => {
    assert.throws(
      () => validateMergeSpec({ ...makeSpec(), sums: 'exact', ...changes }),
      (error: PeermergeError) => error.detail.field === 'sums' && message.test(error.message),
    )
  })
}

test('ordered sums may be said', () => {
  assert.equal(makeSpec({ sums: 'ordered' }).sums, 'ordered')
  assert.throws(() => validateMergeSpec({ ...makeSpec(), sums: 'sorted' }), { code: 'ERR_MERGE_SPEC' })
})
