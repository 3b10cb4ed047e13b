import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownClassifier } from '../../../src/merge/classifier/own-classifier.ts'
import type { LabelledFeatures } from '../../../src/merge/classifier/left-out.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import type { Classifier, ContributionView, MergeSpec } from '../../../src/merge/types.ts'
import { ownModel } from '../../../src/node/personal/own-model.ts'
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

const own = (under: MergeSpec, some: readonly ContributionView[], strength: number): Classifier => ownClassifier(under, some, { peer: 'peer-1', strength })!.classifier // prettier-ignore
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
  assert.equal(ownClassifier(spec, views, { peer: 'peer-9' }), undefined)
  assert.equal(ownClassifier(spec, [], { peer: 'peer-1' }), undefined)
  const ridge = makeSpec({ classifier: { rule: 'analytic', features: 'frozen', ridge: RIDGE } })
  assert.equal(ownClassifier(ridge, views, { peer: 'peer-1' }), undefined)
  assert.equal(ownClassifier(makeSpec(), views, { peer: 'peer-1' }), undefined)
})

/** Rows of which each class lies elsewhere at each site, by a normal deviation of so much of the spread within a class. */
function displaced(
  ratio: number,
  sites = 40,
  perClass = 8,
): { rows: number[][]; labels: number[]; owner: number[] } {
  const drawn = createRandom(`between sites ${ratio}`)
  const normal = (): number[] => Array.from({ length: spec.features }, () => drawn.normal())
  const made = Array.from({ length: sites }, (_s, site) =>
    [0, 1, 2].map((c) => {
      const centre = normal().map((value, i) => (i === c ? 4 : 0) + value * Math.sqrt(ratio))
      return Array.from({ length: perClass }, () => ({ row: normal().map((value, i) => Math.fround(value + centre[i]!)), c, site })) // prettier-ignore
    }),
  ).flat(2)
  return { rows: made.map(({ row }) => row), labels: made.map(({ c }) => c), owner: made.map(({ site }) => site) } // prettier-ignore
}

/** The estimate, from rows and in words: spreads in the metric of S, one way, unbalanced. */
function momentsOf(
  { rows: all, labels: said, owner: of }: ReturnType<typeof displaced>,
  scatter: readonly Row[],
): number {
  const cells = new Map<string, Row[]>()
  for (const [n, row] of all.entries()) cells.set(`${said[n]} ${of[n]}`, [...(cells.get(`${said[n]} ${of[n]}`) ?? []), row]) // prettier-ignore
  const mean = (some: readonly Row[]): number[] => sum(some).map((value) => value / some.length)
  const size = (a: Row, b: Row): number => {
    const apart = a.map((value, i) => value - b[i]!)
    return dot(
      gaussJordan(
        scatter.map((row) => [...row]),
        apart,
      ),
      apart,
    )
  }
  const classes = [...new Set(said)]
  const members = (c: number): Row[] => all.filter((_, n) => said[n] === c)
  const within = [...cells.values()].flatMap((some) => some.map((row) => size(row, mean(some))))
  const between = [...cells].map(([key, some]) => some.length * size(mean(some), mean(members(Number(key[0]))))) // prettier-ignore
  const σ2 = within.reduce((a, b) => a + b) / (all.length - cells.size)
  const shared = classes.map((c) => members(c).length - [...cells].filter(([key]) => Number(key[0]) === c).reduce((a, [, { length }]) => a + length ** 2, 0) / members(c).length) // prettier-ignore
  const ω2 = (between.reduce((a, b) => a + b) - (cells.size - classes.length) * σ2) / shared.reduce((a, b) => a + b) // prettier-ignore
  return σ2 / ω2
}

test('what everybody’s mean is worth is the spread within a class over that between sites, as the rows say and as they were drawn', () => {
  for (const ratio of [0.5, 0.1]) {
    const all = displaced(ratio)
    all.owner = all.owner.map((site, n) => (n % 5 === 0 ? 0 : site)) // sites of unequal size
    const under = statisticsOf(spec, all.rows, all.labels, all.owner)
    const { strength } = ownClassifier(spec, under, { peer: 'peer-1' })!
    close([strength], [momentsOf(all, scatterOf(all))], 1e-6 * strength)
    const drawn = displaced(ratio)
    const found = ownClassifier(spec, statisticsOf(spec, drawn.rows, drawn.labels, drawn.owner), { peer: 'peer-1' })!.strength // prettier-ignore
    assert.ok(Math.abs(Math.log(found * ratio)) < 0.25, `${found} for a ratio of ${ratio}`)
  }
  const same = displaced(0)
  const few = ownClassifier(spec, statisticsOf(spec, same.rows, same.labels, same.owner), { peer: 'peer-1' })!
  assert.ok(few.strength > 100, 'means that differ by chance alone')
  const apart = statisticsOf(spec, rows, labels, labels) // no class at two sites
  assert.equal(ownClassifier(spec, apart, { peer: 'peer-1' })!.strength, 1e9)
})

/** G − 0.98 Σ n μμᵀ + λI from the rows. */
function scatterOf({ rows: all, labels: said }: ReturnType<typeof displaced>): number[][] {
  const means = [0, 1, 2].map((c) => all.filter((_, n) => said[n] === c))
  const energy = all.reduce((total, row) => total + dot(row, row), 0)
  return Array.from({ length: spec.features }, (_, i) =>
    Array.from({ length: spec.features }, (_unused, j) => {
      const between = means.reduce((total, some) => total + (sum(some)[i]! * sum(some)[j]!) / some.length, 0)
      return all.reduce((total, row) => total + row[i]! * row[j]!, 0) - 0.98 * between + (i === j ? (RIDGE * energy) / spec.features : 0) // prettier-ignore
    }),
  )
}

const mine = [...rows.keys()].filter((n) => owner[n] === 1)
/** At one site every third sample is of another class than it looks like: outputs are too sure there. */
const confused = labels.map((c, n) => (n % 9 === 1 ? (c + 1) % 3 : c))
const samplesOf = (some: readonly number[]): LabelledFeatures => ({
  features: { shape: [some.length, spec.features], data: Float32Array.from(some.flatMap((n) => rows[n]!)) },
  labels: some.map((n) => confused[n]!),
})
const shares = [0, 1, 2].map((c) => mine.filter((n) => confused[n] === c).length + 1).map((n, _, all) => n / all.reduce((a, b) => a + b)) // prettier-ignore

/** ln softmax(z/T + ln π) of every own sample's class, with means that it is taken out of, from the rows. */
function likelihood(strength: number, temperature: number): number {
  const scatter = scatterOf({ rows, labels: confused, owner }).map((row) =>
    row.map((value) => value / rows.length),
  )
  return mine.reduce((total, n) => {
    const places = [0, 1, 2].map((c) => {
      const others = (site?: number): Row[] => rows.filter((_, m) => m !== n && confused[m] === c && (site === undefined || owner[m] === site)) // prettier-ignore
      const [own, all] = [others(1), others()]
      return sum(own).map(
        (value, i) => (value + (strength * sum(all)[i]!) / all.length) / (own.length + strength),
      )
    })
    const logits = places.map((place, c) => {
      const solved = gaussJordan(
        scatter.map((row) => [...row]),
        place,
      )
      return (dot(solved, rows[n]!) - dot(solved, place) / 2) / temperature + Math.log(shares[c]!)
    })
    return total + logits[confused[n]!]! - Math.log(logits.reduce((a, z) => a + Math.exp(z), 0))
  }, 0)
}

test('own class shares count by the temperature under which own samples, each out of its means, are most likely', () => {
  const under = statisticsOf(spec, rows, confused, owner)
  for (const strength of [2, 50]) {
    const level = ownModel(spec, under, { peer: 'peer-1', strength })!
    const found = ownModel(spec, under, { peer: 'peer-1', strength, samples: samplesOf(mine) })!
    const T = found.temperature!
    assert.equal(level.temperature, null)
    assert.ok(T > 1 && T < 64, `${T}`)
    for (const other of [T * 1.1, T / 1.1]) assert.ok(likelihood(strength, T) > likelihood(strength, other), `${other} is no better than ${T}`) // prettier-ignore
    const shift = [...found.classifier.bias.data].map((value, c) => value - level.classifier.bias.data[c]!)
    close(differences(shift), differences(shares.map((share) => T * Math.log(share))), 1e-4)
    assert.deepEqual(found.classifier.weight, level.classifier.weight)
  }
})

test('of samples that can be left out of no mean no temperature is told, and a class of nobody is still never predicted', () => {
  assert.equal(ownModel(spec, views, { peer: 'peer-1', samples: samplesOf([]) })!.temperature, 1)
  const known = [...rows.keys()].filter((n) => labels[n] !== 0)
  const some = statisticsOf(spec, known.map((n) => rows[n]!), known.map((n) => labels[n]!), known.map((n) => owner[n]!)) // prettier-ignore
  const { classifier, temperature } = ownModel(spec, some, { peer: 'peer-1', samples: samplesOf(mine) })!
  assert.ok(temperature! >= 1)
  for (const scale of [0, 1, 100]) {
    for (const x of rows) {
      const [unseen, ...seen] = outputs(classifier, x.map((value) => scale * value)) // prettier-ignore
      assert.ok(unseen! < Math.max(...seen))
    }
  }
})
