import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { gaussJordan } from '../../helpers/gauss-jordan.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import type { ContributionView, MergeSpec } from '../../../src/merge/types.ts'
import { admitted, ANCHOR, CHARTER, makeSpec, randomRows, statisticsOf } from './fixtures.ts'

const merge = (spec: MergeSpec, views: readonly ContributionView[]) =>
  mergeContributions(spec, { charter: CHARTER }, views)

const RIDGE = 1e-2
const frozen = makeSpec({
  classifier: { rule: 'analytic', features: 'frozen', ridge: RIDGE },
  floors: { samples: 1, perClass: 1 },
})
const merged = makeSpec({ classifier: { rule: 'analytic', features: 'merged', ridge: RIDGE } })

type Rows = readonly (readonly number[])[]

/** Ridge regression with a free intercept by centring and Gauss–Jordan: another route than the kernel's. */
function pooledRidge(
  rows: Rows,
  labels: readonly number[],
  classes: number,
): { weight: number[][]; bias: number[] } {
  const d = rows[0]!.length
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const centre = Array.from({ length: d }, (_, j) => mean(rows.map((row) => row[j]!)))
  const lambda = (RIDGE * rows.reduce((sum, row) => sum + row.reduce((s, x) => s + x * x, 0), 0)) / d
  const gram = Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (_, j) =>
      rows.reduce((sum, row) => sum + (row[i]! - centre[i]!) * (row[j]! - centre[j]!), i === j ? lambda : 0),
    ),
  )
  const bias: number[] = []
  const weight = Array.from({ length: classes }, (_, c) => {
    const y = labels.map((label) => Number(label === c))
    const right = centre.map((m, j) =>
      rows.reduce((sum, row, n) => sum + (row[j]! - m) * (y[n]! - mean(y)), 0),
    )
    const w = gaussJordan(gram, right)
    bias.push(mean(y) - w.reduce((sum, value, j) => sum + value * centre[j]!, 0))
    return w
  })
  return { weight, bias }
}

test('analytic: whatever the split, the result is the ridge regression of everybody’s rows', () => {
  const random = createRandom('pooled')
  const rows = randomRows(random, 60, frozen.features).map((row) => row.map(Math.fround))
  const labels = rows.map((row) => (row[0]! > 0.5 ? 0 : row[1]! > 0.2 ? 1 : 2))
  const oracle = pooledRidge(rows, labels, 3)
  const site = fc.array(fc.nat(4), { minLength: rows.length, maxLength: rows.length })
  fc.assert(
    fc.property(site, (owner) => {
      const views = statisticsOf(frozen, rows, labels, owner)
      const { classifier, classifierSource } = merge(frozen, views)
      assert.deepEqual(classifierSource, { rule: 'analytic', anchor: null, count: 60 })
      const error = (a: ArrayLike<number>, b: readonly number[]) =>
        Math.max(...b.map((value, i) => Math.abs(value - a[i]!)))
      assert.ok(error(classifier.weight.data, oracle.weight.flat()) < 1e-4)
      assert.ok(error(classifier.bias.data, oracle.bias) < 1e-4)
    }),
    { numRuns: 20, seed: 11 },
  )
})

test('analytic: a class without samples has weight and bias zero and is never predicted', () => {
  const header = { kind: 'statistics', classCounts: [20, 0, 25], count: 45 } as const
  const view = admitted({ spec: frozen, peer: 'peer-a', header })
  const { weight, bias } = merge(frozen, [view]).classifier
  assert.deepEqual([...weight.data.subarray(4, 8), bias.data[1]], [0, 0, 0, 0, 0])
  for (const x of randomRows(createRandom('probe'), 200, 4).map((row) => row.map((value) => 100 * value))) {
    const output = [0, 1, 2].map((c) =>
      x.reduce((sum, value, j) => sum + value * weight.data[c * 4 + j]!, bias.data[c]!),
    )
    assert.ok(Math.max(output[0]!, output[2]!) > output[1]!)
  }
})

test('analytic: until the first statistic is there, class counts decide and the result says so', () => {
  const adapter = admitted({ spec: merged, peer: 'peer-a' })
  const before = merge(merged, [adapter])
  assert.deepEqual(before.classifierSource, { rule: 'counts' })
  const after = merge(merged, [adapter, statistic('peer-b', ANCHOR, 2, [5, 5, 5])])
  assert.deepEqual(after.classifierSource, { rule: 'analytic', anchor: ANCHOR, count: 15 })
  assert.equal(after.digests.adapter, before.digests.adapter)
  assert.notEqual(after.digests.classifier, before.digests.classifier)
})

function statistic(peer: string, anchor: string, sequence: number, classCounts: number[], generation = 1) {
  const count = classCounts.reduce((sum, n) => sum + n, 0)
  const header = { kind: 'statistics', anchor, sequence, classCounts, count, generation } as const
  return admitted({ spec: merged, peer, seed: `${peer} ${anchor} ${sequence}`, header })
}

test('analytic on merged features: only one anchor counts: most samples, then newest, then smaller digest', () => {
  const [low, high] = ['0'.repeat(64), 'e'.repeat(64)]
  const source = (views: readonly ContributionView[]) => merge(merged, views).classifierSource
  const a = statistic('peer-a', high, 1, [5, 5, 0])
  const b = statistic('peer-b', high, 1, [0, 5, 5])
  const c = statistic('peer-a', low, 2, [6, 6, 0])
  assert.deepEqual(source([a, b, c]), { rule: 'analytic', anchor: high, count: 20 })
  const newer = statistic('peer-c', low, 1, [4, 4, 0], 2)
  assert.deepEqual(source([a, b, c, newer]), { rule: 'analytic', anchor: low, count: 20 })
  const same = statistic('peer-c', low, 1, [4, 4, 0])
  assert.deepEqual(source([a, b, c, same]), { rule: 'analytic', anchor: low, count: 20 })
})

test('analytic: a site that measures again under one anchor replaces its statistic and is not counted twice', () => {
  const first = statistic('peer-a', ANCHOR, 1, [5, 5, 5])
  const again = statistic('peer-a', ANCHOR, 2, [6, 6, 6])
  const both = merge(merged, [first, again])
  assert.deepEqual(both.classifierSource, { rule: 'analytic', anchor: ANCHOR, count: 18 })
  assert.equal(both.digests.classifier, merge(merged, [again]).digests.classifier)
})

test('counts: each row comes from those who hold its class, in proportion', () => {
  const spec = makeSpec({ decay: 1 })
  const views = [
    admitted({ spec, peer: 'peer-a', header: { classCounts: [30, 10, 0], count: 40 } }),
    admitted({ spec, peer: 'peer-b', header: { classCounts: [0, 30, 0], count: 30 } }),
  ]
  const { weight, bias } = merge(spec, views).classifier
  const [a, b] = views.map((view) => view.tensor('classifier/weight').data)
  for (let j = 0; j < 4; j++) {
    assert.equal(weight.data[j], a![j])
    assert.ok(Math.abs(weight.data[4 + j]! - (a![4 + j]! + 3 * b![4 + j]!) / 4) < 1e-6)
    assert.equal(weight.data[8 + j], 0)
  }
  assert.equal(bias.data[0], views[0]!.tensor('classifier/bias').data[0])
})
