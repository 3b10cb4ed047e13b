import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { statisticShares } from '../../../../src/merge/classifier/statistic-shares.ts'
import { mergeContributions } from '../../../../src/merge/merge.ts'
import { createRandom } from '../../../../src/merge/linear/random.ts'
import type { ContributionView, RobustSpec } from '../../../../src/merge/types.ts'
import { admitted, CHARTER, makeSpec, measure, randomRows } from '../fixtures.ts'

const robust: RobustSpec = { normalise: false, countCap: { times: 2 }, energyCap: 2 }
const analytic = { rule: 'analytic', features: 'frozen', ridge: 1e-2 } as const
const spec = makeSpec({ classifier: analytic, robust })

/** Statistics of so many samples of one class, of two, … whose features are so many times as large. */
function site(peer: string, counts: readonly number[], loud = 1): ContributionView {
  const random = createRandom(peer)
  const labels = counts.flatMap((n, c) => new Array<number>(n).fill(c))
  const rows = randomRows(random, labels.length, spec.features).map((row) => row.map((x) => loud * x))
  const header = { kind: 'statistics', classCounts: counts, count: labels.length } as const
  return admitted({ spec, peer, header, tensors: measure(rows, labels, 3) })
}

describe('shares of classifier statistics', () => {
  it('cap samples and energy at multiples of the median; classes play no part', () => {
    const views = [site('a', [20, 0, 0]), site('b', [10, 10, 0]), site('c', [0, 0, 20]), site('d', [200, 0, 0]), site('e', [10, 0, 10], 30)] // prettier-ignore
    const shares = statisticShares(robust, views)
    assert.deepEqual(shares.slice(0, 3), [1, 1, 1])
    assert.ok(Math.abs(shares[3]! - 40 / 200) < 1e-12)
    assert.ok(shares[4]! < 0.01, `energy 900-fold: ${shares[4]}`)
  })

  it('are one for one or two sites, and without limits', () => {
    const two = [site('a', [20, 0, 0]), site('d', [200, 0, 0], 30)]
    assert.deepEqual(statisticShares(robust, two), [1, 1])
    assert.deepEqual(statisticShares(undefined, [...two, two[0]!]), [1, 1, 1])
  })

  it('scale Gram and cross product alike: where all are scaled alike, the classifier is what it was', () => {
    const views = ['a', 'b', 'c'].map((peer) => site(peer, [8, 8, 8]))
    const capped = makeSpec({ classifier: analytic, robust: { ...robust, countCap: { atMost: 6 } } })
    const unlimited = makeSpec({ classifier: analytic })
    const plain = mergeContributions(unlimited, { charter: CHARTER }, views).classifier
    const merged = mergeContributions(capped, { charter: CHARTER }, views).classifier
    plain.weight.data.forEach((value, i) => {
      assert.ok(
        Math.abs(merged.weight.data[i]! - value) < 1e-6,
        `entry ${i}: ${merged.weight.data[i]}, ${value}`,
      )
    })
  })
})
