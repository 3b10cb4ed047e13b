import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownClassifier } from '../../../src/merge/classifier/own-classifier.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { Classifier, ContributionView, MergeSpec } from '../../../src/merge/types.ts'
import { gaussJordan } from '../../helpers/gauss-jordan.ts'
import { CHARTER, makeSpec, randomRows, statisticsOf } from './fixtures.ts'

const RIDGE = 0.1
const spec = makeSpec({
  classifier: { rule: 'analytic', features: 'frozen', fit: 'discriminant', ridge: RIDGE },
  floors: { samples: 1, perClass: 1 },
})

const random = createRandom('own classifier')
const rows = randomRows(random, 90, spec.features).map((row) => row.map(Math.fround))
const labels = rows.map((row) => (row[0]! > 0.5 ? 0 : row[1]! > 0.2 ? 1 : 2))
const owner = rows.map((_, n) => n % 3)
const views = statisticsOf(spec, rows, labels, owner)

type Row = readonly number[]
const dot = (a: Row, b: Row): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const sum = (some: readonly Row[]): number[] => Array.from({ length: spec.features }, (_, j) => some.reduce((all, row) => all + row[j]!, 0)) // prettier-ignore
const ofClass = (c: number, site?: number): Row[] => rows.filter((_, n) => labels[n] === c && (site === undefined || owner[n] === site)) // prettier-ignore
const outputs = ({ weight, bias }: Classifier, x: Row): number[] => [...bias.data].map((b, c) => b + dot(x, [...weight.data.subarray(c * x.length, (c + 1) * x.length)])) // prettier-ignore
const differences = ([first, ...others]: number[]): number[] => others.map((one) => one - first!)

/** From the rows: xᵀS⁻¹μ_c − ½ μ_cᵀS⁻¹μ_c, which is the outputs but for a number that all classes share. */
function oracle(site: number, strength: number, x: Row): number[] {
  const means = [0, 1, 2].map((c) => sum(ofClass(c)).map((value) => value / ofClass(c).length))
  const energy = rows.reduce((all, row) => all + dot(row, row), 0)
  const covariance = means[0]!.map((_, i) =>
    means[0]!.map((_unused, j) => {
      const within = rows.reduce((all, row, n) => all + (row[i]! - means[labels[n]!]![i]!) * (row[j]! - means[labels[n]!]![j]!), 0) // prettier-ignore
      const between = means.reduce((all, mean, c) => all + ofClass(c).length * mean[i]! * mean[j]!, 0)
      return (within + 0.02 * between + (i === j ? (RIDGE * energy) / spec.features : 0)) / rows.length
    }),
  )
  return means.map((mean, c) => {
    const own = ofClass(c, site)
    const place = sum(own).map((value, i) => (value + strength * mean[i]!) / (own.length + strength))
    const solved = gaussJordan(covariance, place)
    return dot(solved, x) - dot(solved, place) / 2
  })
}

const own = (under: MergeSpec, some: readonly ContributionView[], strength: number): Classifier => ownClassifier(under, some, 'peer-1', strength)!.classifier // prettier-ignore
const close = (a: readonly number[], b: readonly number[], tolerance: number): void => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]!) < tolerance, `${a.join()} and ${b.join()}`)) // prettier-ignore

test('classes are where the site has them, in everybody’s scatter, as the rows themselves say', () => {
  for (const strength of [0.5, 16, 300]) {
    const found = own(spec, views, strength)
    for (const x of rows.slice(0, 10)) close(differences(outputs(found, x)), differences(oracle(1, strength, x)), 1e-3) // prettier-ignore
  }
})

test('the more the consortium’s means count, the nearer to the classifier of the merge; the order of contributions is nothing', () => {
  const merged = mergeContributions(spec, { charter: CHARTER }, views).classifier
  for (const x of rows.slice(0, 10)) close(differences(outputs(own(spec, views, 1e9), x)), differences(outputs(merged, x)), 1e-4) // prettier-ignore
  assert.deepEqual(own(spec, [...views].reverse(), 16), own(spec, views, 16))
})

test('a class that only others have samples of has their mean, one of nobody is never predicted', () => {
  const without = (c: number, site?: number): ContributionView[] => {
    const kept = [...rows.keys()].filter((n) => labels[n] !== c || (site !== undefined && owner[n] !== site))
    const of = <T>(all: readonly T[]): T[] => kept.map((n) => all[n]!)
    return statisticsOf(spec, of(rows), of(labels), of(owner))
  }
  const others = own(spec, without(0, 1), 16)
  assert.ok(rows.some((x) => outputs(others, x)[0] === Math.max(...outputs(others, x))))
  const nobody = own(spec, without(0), 16)
  for (const scale of [0, 1, 100]) {
    for (const x of rows) {
      const [unseen, ...seen] = outputs(nobody, x.map((value) => scale * value)) // prettier-ignore
      assert.ok(unseen! < Math.max(...seen))
    }
  }
})

test('without a discriminant, or without own statistics in the sum, there is none', () => {
  assert.equal(ownClassifier(spec, views, 'peer-9', 16), undefined)
  assert.equal(ownClassifier(spec, [], 'peer-1', 16), undefined)
  const ridge = makeSpec({ classifier: { rule: 'analytic', features: 'frozen', ridge: RIDGE } })
  assert.equal(ownClassifier(ridge, views, 'peer-1', 16), undefined)
  assert.equal(ownClassifier(makeSpec(), views, 'peer-1', 16), undefined)
})
