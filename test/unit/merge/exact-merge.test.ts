import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { validateMergeSpec } from '../../../src/merge/admit/validate-spec.ts'
import type { PeermergeError } from '../../../src/errors.ts'
import type { MergeSpec } from '../../../src/merge/types.ts'
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
    assert.deepEqual([exact.live, exact.cut], [ordered.live, ordered.cut])
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

test('exact sums give these digests, on every machine and in every version', () => {
  const digests = exactSpecs().map(([name, spec]) => [
    name,
    mergeContributions(spec, context, contributionPool(spec)).digests.merge.slice(0, 16),
  ])
  assert.deepEqual(Object.fromEntries(digests), {
    'mean of B': '2e2aa0547264bfea',
    'mean of A and B': '9cb13d69e8707031',
    'mean of heads': '04dd3700a8d1be47',
    lorm: 'a638abbb3ff15994',
    'lorm on A, full Grams': '857e065fb377b0e3',
    'lorm on A, diagonal Grams': '7b7b88d55be6119e',
    'lorm, half precision': 'ede0c561a1226b9d',
    'ravan, analytic classifier': '46663df8b7a50d60',
    'ravan, joint Grams': '58962ab722ac7813',
  })
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
