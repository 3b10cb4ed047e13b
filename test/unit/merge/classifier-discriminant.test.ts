import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { unpackSymmetric } from '../../../src/merge/linear/packed-symmetric.ts'
import { solveDiscriminant } from '../../../src/merge/classifier/classifier-discriminant.ts'
import type { Classifier, ContributionView } from '../../../src/merge/types.ts'
import { gaussJordan } from '../../helpers/gauss-jordan.ts'
import { admitted, CHARTER, makeSpec, measure, randomRows, statisticsOf } from './fixtures.ts'

const RIDGE = 0.1
const spec = makeSpec({
  classifier: { rule: 'analytic', features: 'frozen', fit: 'discriminant', ridge: RIDGE },
  floors: { samples: 1, perClass: 1 },
})
const exact = { ...spec, sums: 'exact' } as const

const merge = (under: typeof spec, views: readonly ContributionView[]): Classifier =>
  mergeContributions(under, { charter: CHARTER }, views).classifier

type Rows = readonly (readonly number[])[]
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const meanOf = (rows: Rows): number[] =>
  rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length)

/** From the rows themselves: deviations from class means, and a solve for every class. */
function oracle(
  rows: Rows,
  labels: readonly number[],
  classes: number,
): { weight: number[][]; bias: number[] } {
  const of = Array.from({ length: classes }, (_, c) => rows.filter((_row, n) => labels[n] === c))
  const centre = meanOf(rows)
  const means = of.map(meanOf)
  const energy = rows.reduce((sum, row) => sum + dot(row, row), 0)
  const d = centre.length
  const covariance = centre.map((_, i) => centre.map((_unused, j) => {
    const within = rows.reduce((sum, row, n) => sum + (row[i]! - means[labels[n]!]![i]!) * (row[j]! - means[labels[n]!]![j]!), 0)
    const between = of.reduce((sum, { length }, c) => sum + length * means[c]![i]! * means[c]![j]!, 0)
    return (within + 0.02 * between + (i === j ? (RIDGE * energy) / d : 0)) / rows.length
  })) // prettier-ignore
  const weight = means.map((mean) =>
    gaussJordan(
      covariance,
      mean.map((value, i) => value - centre[i]!),
    ),
  )
  const bias = weight.map((w, c) => -dot(w, centre) - dot(w, means[c]!.map((value, i) => value - centre[i]!)) / 2) // prettier-ignore
  return { weight, bias }
}

test('whatever the split, the result is the discriminant of everybody’s rows, with exact sums too', () => {
  const random = createRandom('discriminant')
  const rows = randomRows(random, 60, spec.features).map((row) => row.map(Math.fround))
  const labels = rows.map((row) => (row[0]! > 0.5 ? 0 : row[1]! > 0.2 ? 1 : 2))
  const right = oracle(rows, labels, 3)
  const site = fc.array(fc.nat(4), { minLength: rows.length, maxLength: rows.length })
  fc.assert(
    fc.property(site, fc.constantFrom(spec, exact), (owner, under) => {
      const views = statisticsOf(under, rows, labels, owner)
      const { weight, bias } = merge(under, views)
      const off = (a: ArrayLike<number>, b: readonly number[]): number =>
        Math.max(...b.map((value, i) => Math.abs(value - a[i]!)))
      assert.ok(off(weight.data, right.weight.flat()) < 1e-4)
      assert.ok(off(bias.data, right.bias) < 1e-4)
    }),
    { numRuns: 20, seed: 11 },
  )
})

test('a class without samples has weight zero and is never predicted, however far the sample', () => {
  const header = { kind: 'statistics', classCounts: [20, 0, 25], count: 45 } as const
  const { weight, bias } = merge(spec, [admitted({ spec, peer: 'peer-a', header })])
  assert.deepEqual([...weight.data.subarray(4, 8)], [0, 0, 0, 0])
  for (const scale of [0, 1, 100]) {
    for (const x of randomRows(createRandom('probe'), 100, 4)) {
      const output = [0, 1, 2].map((c) =>
        x.reduce((sum, value, j) => sum + scale * value * weight.data[c * 4 + j]!, bias.data[c]!),
      )
      assert.ok(Math.max(output[0]!, output[2]!) > output[1]!)
    }
  }
})

test('classes that differ in a direction of large spread are told apart by the direction of small spread', () => {
  const random = createRandom('spread')
  const labels = Array.from({ length: 400 }, (_, n) => n % 2)
  const rows = labels.map((label) => [10 * random.normal() + label, 0.1 * random.normal() + label])
  const { 'classifier/gram': gram, 'classifier/cross': cross } = measure(rows, labels, 2)
  const { weight } = solveDiscriminant(
    { gram: unpackSymmetric(gram.data, 3), cross: { rows: 3, cols: 2, data: Float64Array.from(cross.data) } },
    1e-3,
  )
  const [along, across] = [weight.data[2]! - weight.data[0]!, weight.data[3]! - weight.data[1]!]
  assert.ok(across > 20 * Math.abs(along), `${across}, ${along}`)
})

test('statistics at the edge of what is admitted can be solved', () => {
  const random = createRandom('edge')
  const labels = Array.from({ length: 60 }, (_, n) => n % 3)
  const rows = labels.map((label) => [0, 1, 2, 3].map((j) => (j === label ? 1 : 0) + 1e-4 * random.normal()))
  const { 'classifier/gram': gram, 'classifier/cross': cross } = measure(rows, labels, 3)
  const swollen = cross.data.map((value, at) => (at < 4 * 3 ? value * 1.004 : value))
  const tensors = { 'classifier/gram': gram, 'classifier/cross': { ...cross, data: swollen } }
  const header = { kind: 'statistics', classCounts: [20, 20, 20], count: 60 } as const
  const { weight } = merge(spec, [admitted({ spec, peer: 'peer-a', header, tensors })])
  assert.ok(weight.data.every(Number.isFinite))
})
