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
    'mean of B': '7eaededcb7efd5f7',
    'mean of A and B': 'a2d1f317d3ee57b6',
    'mean of heads': '5ec44403952e9f66',
    lorm: '1dcb312a83053dac',
    'lorm on A, full Grams': 'c832e01b822025b6',
    'lorm on A, diagonal Grams': '85f008a91e721002',
    'lorm, half precision': 'f03be301f6b45ecb',
    'ravan, analytic classifier': 'df93142ee30185ee',
    'ravan, joint Grams': '0abac5f396fc6fdf',
    'mean of B, capped': '7d6ed926f13cb844',
    'lorm, normalised and capped': 'a358cc579ec7c72b',
    'ravan, analytic classifier, capped': 'e97ff4405367d069',
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
