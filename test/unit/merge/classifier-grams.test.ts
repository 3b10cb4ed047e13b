import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource } from '../../../src/merge/format/byte-source.ts'
import { expectedTensors } from '../../../src/merge/format/contribution-tensors.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { validateHeader } from '../../../src/merge/admit/validate-header.ts'
import { validatePayload } from '../../../src/merge/admit/validate-payload.ts'
import { classifierAffine } from '../../../src/merge/classifier/classifier-affine.ts'
import { classifierAsPublished } from '../../../src/merge/classifier/classifier-published.ts'
import { classifierByHolders } from '../../../src/merge/classifier/classifier-regmean.ts'
import type { WeightedContribution } from '../../../src/merge/rules/adapter-rule.ts'
import type { ClassifierRule, ContributionView, MergeSpec, Tensor } from '../../../src/merge/types.ts'
import { admitted, CHARTER, makeContribution, makeSpec, PUBLISHED, randomRows } from './fixtures.ts'
import { byId, readCases, relativeError, type Rows, type VectorCase } from './vectors.ts'

const tensor = (shape: readonly number[], data: readonly number[]): Tensor => ({ shape, data: Float32Array.from(data) }) // prettier-ignore

/** Contributions as the classifier's rules see them, of which tensors may be float64 so that golden vectors keep all digits. */
function said(
  vector: VectorCase,
  grams: readonly Rows[],
  weights: readonly Rows[],
  biases: readonly (readonly number[])[],
  counts: readonly (readonly number[])[],
): { spec: MergeSpec; contributions: readonly WeightedContribution[] } {
  const [rows, width] = [weights[0]!.length, weights[0]![0]!.length]
  const contributions = byId(vector.ids).map((i): WeightedContribution => {
    const packed = grams[i]!.flatMap((row, j) => row.slice(0, j + 1))
    const tensors: Readonly<Record<string, readonly number[]>> = {
      'classifier/gram': packed,
      'classifier/weight': weights[i]!.flat(),
      'classifier/bias': biases[i]!,
    }
    const count = counts[i]!.reduce((sum, n) => sum + n, 0)
    const view = {
      id: vector.ids[i]!,
      header: { count, classCounts: counts[i]! },
      tensor: (name: string) => ({ shape: [], data: Float64Array.from(tensors[name]!) }),
    }
    return { view: view as unknown as ContributionView, weight: 1 }
  })
  const spec = { ...makeSpec({ ridge: 1e-4, classes: Array.from({ length: rows }, (_, c) => `class ${c}`), features: width }), ridge: 0 } // prettier-ignore
  return { spec, contributions }
}

/** The Gram of [x;1] around one of x: what the ones say is not asked by RegMean. */
const around = (gram: Rows, samples: number): Rows => [
  ...gram.map((row) => [...row, 0]),
  [...gram.map(() => 0), samples],
]

const float32 = (values: readonly number[]): Float32Array => Float32Array.from(values)
const headCases = readCases('lorm_head_task.json')

test('golden: LoRM’s head; rows outside the task come back to the bit', () => {
  const vector = headCases.find(({ name }) => name.startsWith('LoRM head'))!
  const n = vector.n as number[]
  const [first, last] = vector.task_rows as [number, number]
  const base = vector.base as Rows
  const weights = vector.W as readonly Rows[]
  const biases = vector.bias as Rows
  const counts = n.map((count) => base.map((_, c) => (c === first ? count : 0)))
  const all = counts.map((row, i) => row.map((x, c) => (i === 0 && c >= first && c < last ? x + 1 : x)))
  all[0]![first]! -= last - first // class counts still add up to n
  const grams = (vector.G as readonly Rows[]).map((gram, i) => around(gram, n[i]!))
  const { spec, contributions } = said(vector, grams, weights, biases, all)
  const { weight, bias } = classifierAsPublished(spec, contributions, 0.5)
  const expected = vector.expected_canonical as Rows
  const d = base[0]!.length
  for (let c = first; c < last; c++) {
    assert.deepEqual(weight.data.slice(c * d, (c + 1) * d), float32(expected[c]!), `row ${c}`)
    assert.ok(Math.abs(bias.data[c]! - (vector.expected_bias as number[])[c]!) < 1e-6)
  }
  const equal = biases.map(() => biases[0]!)
  const kept = said(vector, grams, weights, equal, all)
  const { weight: rows } = classifierAsPublished(kept.spec, kept.contributions, 0.5)
  for (const c of [0, 1, 4, 5]) {
    assert.deepEqual(rows.data.slice(c * d, (c + 1) * d), float32(base[c]!), `row ${c} is kept`)
    assert.deepEqual([...weight.data.slice(c * d, (c + 1) * d)], new Array(d).fill(0), 'biases differ, nobody holds it') // prettier-ignore
  }
})

test('golden: per class, holders only, by count over trace; a class that nobody holds keeps its row', () => {
  const vector = headCases.find(({ name }) => name.startsWith('recommended head'))!
  const counts = vector.class_counts as Rows
  const grams = (vector.G as readonly Rows[]).map((gram) => around(gram, 50))
  const { spec, contributions } = said(vector, grams, vector.W as readonly Rows[], vector.bias as Rows, counts) // prettier-ignore
  const { weight, bias } = classifierByHolders(spec, contributions, vector.alpha)
  const expected = vector.expected_canonical as Rows
  const d = expected[0]!.length
  expected.forEach((row, c) => {
    const held = counts.some((site) => site[c]! > 0)
    if (!held) return
    assert.deepEqual(weight.data.slice(c * d, (c + 1) * d), float32(row), `row ${c}`)
    assert.ok(Math.abs(bias.data[c]! - (vector.expected_bias as number[])[c]!) < 1e-6)
  })
  const unheld = counts[0]!.findIndex((_, c) => counts.every((site) => site[c] === 0))
  assert.ok(unheld >= 0)
  const base = vector.base as Rows
  const same = (vector.W as readonly Rows[]).map((rows) =>
    rows.map((row, c) => (c === unheld ? base[c]! : row)),
  )
  const kept = said(vector, grams, same, counts.map(() => base.map(() => 0.25)), counts) // prettier-ignore
  const merged = classifierByHolders(kept.spec, kept.contributions, vector.alpha)
  assert.deepEqual(merged.weight.data.slice(unheld * d, (unheld + 1) * d), float32(base[unheld]!))
})

test('golden: rows and biases together by the Grams of [x;1]', () => {
  const vector = readCases('regmean.json').find(({ name }) => name.startsWith('affine'))!
  const joined = vector.W as readonly Rows[]
  const weights = joined.map((rows) => rows.map((row) => row.slice(0, -1)))
  const biases = joined.map((rows) => rows.map((row) => row.at(-1)!))
  const counts = joined.map(() => joined[0]!.map(() => 5))
  const { spec, contributions } = said(vector, vector.G as readonly Rows[], weights, biases, counts)
  const { weight, bias } = classifierAffine(spec, contributions)
  const expected = vector.expected_canonical as Rows
  assert.deepEqual(weight.data, float32(expected.flatMap((row) => row.slice(0, -1))))
  assert.deepEqual(bias.data, float32(expected.map((row) => row.at(-1)!)))
})

const RULES: readonly (readonly [string, ClassifierRule])[] = [
  ['holders only', { rule: 'regmean', alpha: 0.9 }],
  ['as published', PUBLISHED],
  ['affine', { rule: 'affine' }],
]
const specOf = (classifier: ClassifierRule): MergeSpec => makeSpec({ ridge: 1e-4, classifier, decay: 0.5 })
const merge = (spec: MergeSpec, views: readonly ContributionView[]) =>
  mergeContributions(spec, { charter: CHARTER }, views)

for (const [what, rule] of RULES) {
  const spec = specOf(rule)
  const holding = (...classCounts: number[]) => ({ classCounts, count: classCounts.reduce((a, b) => a + b, 0) }) // prettier-ignore

  test(`${what}: equal classifiers stay as they are, and the source says the rule`, () => {
    const first = admitted({ spec, peer: 'a' })
    const same = Object.fromEntries(['classifier/weight', 'classifier/bias'].map((name) => [name, first.tensor(name)])) // prettier-ignore
    const { classifier, classifierSource } = merge(spec, [
      first,
      admitted({ spec, peer: 'b', tensors: same }),
    ])
    assert.deepEqual(classifierSource, { rule: rule.rule })
    assert.ok(relativeError(classifier.weight.data, same['classifier/weight']!.data) < 1e-6)
    assert.ok(relativeError(classifier.bias.data, same['classifier/bias']!.data) < 1e-6)
  })

  test(`${what}: a class that nobody holds: alike to the bit it stays, else it is zero`, () => {
    const views = ['a', 'b'].map((peer) => admitted({ spec, peer, header: holding(9, 0, 7) }))
    const { classifier } = merge(spec, views)
    assert.deepEqual([...classifier.weight.data.slice(4, 8), classifier.bias.data[1]], [0, 0, 0, 0, 0])
    assert.ok(classifier.weight.data.slice(0, 4).every((x) => x !== 0))
    const alike = views.map((view, i) => {
      const weight = view.tensor('classifier/weight').data.slice()
      const bias = view.tensor('classifier/bias').data.slice()
      weight.set([0.1, 0.2, 0.3, 0.4], 4)
      bias[1] = 0.5
      return admitted({ spec, peer: `${i}`, header: holding(9, 0, 7), tensors: { 'classifier/weight': tensor([3, 4], [...weight]), 'classifier/bias': tensor([3], [...bias]) } }) // prettier-ignore
    })
    const kept = merge(spec, alike).classifier
    assert.deepEqual([...kept.weight.data.slice(4, 8), kept.bias.data[1]], [...float32([0.1, 0.2, 0.3, 0.4, 0.5])]) // prettier-ignore
  })

  test(`${what}: contributions carry the Gram of the classifier’s inputs, judged like statistics`, () => {
    assert.deepEqual(expectedTensors(spec, 'adapter').get('classifier/gram'), { shape: [15], type: 'F32' })
    const gram = admitted({ spec, peer: 'a' }).tensor('classifier/gram')
    const changed = (change: (data: Float32Array) => void): Tensor => {
      const data = gram.data.slice()
      change(data)
      return { ...gram, data }
    }
    const hostile: readonly (readonly [string, Tensor | undefined])[] = [
      ['missing-tensor', undefined],
      ['wrong-count', changed((data) => (data[14]! += 1))],
      ['bad-trace', changed((data) => data.fill(0, 0, 14))],
      ['indefinite-gram', changed((data) => (data[1] = 3 * data[0]! + 3 * data[2]!))],
      ['wrong-shape', { shape: [14], data: gram.data.slice(0, 14) }],
    ]
    for (const [reason, replaced] of hostile) {
      const { header, payload } = makeContribution({
        spec,
        peer: 'a',
        tensors: { 'classifier/gram': replaced },
      })
      const checked = validatePayload(spec, header, memorySource(payload))
      assert.equal(checked.ok ? 'admitted' : checked.reason, reason)
    }
  })

  test(`${what}: it is a statistic, with a floor and a ridge of a whole Gram, under any adapter rule`, () => {
    const plain = makeSpec({ rule: 'mean', ridge: 1e-4, classifier: rule })
    const few = makeContribution({ spec: plain, peer: 'a', header: holding(3, 0, 0) })
    const judged = validateHeader(plain, few.header)
    assert.equal(judged.ok ? 'admitted' : judged.reason, 'below-floor')
    assert.throws(() => makeSpec({ ridge: 1e-6, classifier: rule }), { code: 'ERR_MERGE_SPEC', message: /needs at least 0.00001/ }) // prettier-ignore
  })
}

test('holders only: who lacks a class says nothing of its row, whatever it sends', () => {
  const spec = specOf(RULES[0]![1])
  const counts = { a: [20, 0, 5], b: [0, 12, 5] }
  const views = Object.entries(counts).map(([peer, classCounts]) =>
    admitted({ spec, peer, header: { classCounts, count: classCounts.reduce((x, y) => x + y, 0) } }),
  )
  const { weight, bias } = merge(spec, views).classifier
  for (const [c, view] of [
    [0, views[0]!],
    [1, views[1]!],
  ] as const) {
    // prettier-ignore
    const own = view.tensor('classifier/weight').data.slice(c * 4, c * 4 + 4)
    assert.ok(relativeError(weight.data.slice(c * 4, c * 4 + 4), own) < 1e-6)
    assert.equal(bias.data[c], view.tensor('classifier/bias').data[c])
  }
})

test('affine: no other output layer is nearer to the sites’ outputs on the sites’ inputs', () => {
  const spec = makeSpec({ ridge: 1e-5, classifier: { rule: 'affine' }, decay: 1 })
  const random = createRandom('affine')
  const classCounts = [10, 10, 10]
  const inputs = ['a', 'b', 'c'].map(() => randomRows(random, 30, 4).map((row) => [...row, 1]))
  const views = inputs.map((rows, i) => {
    const packed = [0, 1, 2, 3, 4].flatMap((p) => Array.from({ length: p + 1 }, (_, q) => rows.reduce((sum, row) => sum + row[p]! * row[q]!, 0))) // prettier-ignore
    return admitted({ spec, peer: `${i}`, header: { classCounts, count: 30 }, tensors: { 'classifier/gram': tensor([15], packed) } }) // prettier-ignore
  })
  const output = (weight: Float32Array, bias: Float32Array, c: number, x: readonly number[]) =>
    x.slice(0, 4).reduce((sum, value, j) => sum + value * weight[c * 4 + j]!, bias[c]!)
  const distance = (weight: Float32Array, bias: Float32Array): number =>
    views.reduce((sum, view, i) => {
      const [w, b] = [view.tensor('classifier/weight').data, view.tensor('classifier/bias').data]
      return sum + inputs[i]!.reduce((s, x) => s + [0, 1, 2].reduce((t, c) => t + (output(weight, bias, c, x) - output(w, b, c, x)) ** 2, 0), 0) // prettier-ignore
    }, 0)
  const { weight, bias } = merge(spec, views).classifier
  const best = distance(weight.data, bias.data)
  for (let trial = 0; trial < 20; trial++) {
    const moved = weight.data.map((x) => x + 0.02 * random.normal())
    const shifted = bias.data.map((x) => x + 0.02 * random.normal())
    assert.ok(distance(moved, shifted) > best)
  }
  const apart = merge(makeSpec({ ridge: 1e-5, decay: 1, classifier: { ...PUBLISHED, alpha: 1 } }), views).classifier // prettier-ignore
  assert.ok(distance(apart.weight.data, apart.bias.data) > best * 1.001)
})
