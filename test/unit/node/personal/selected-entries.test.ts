import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matrixFromTensor } from '../../../../src/merge/linear/matrix.ts'
import { maskedMean } from '../../../../src/merge/rules/masked-mean.ts'
import type { Tensor } from '../../../../src/merge/index.ts'
import type { ModelState } from '../../../../src/training/index.ts'
import {
  goOnFrom,
  grown,
  isGrowing,
  nothingSelected,
  packed,
  type Selection,
} from '../../../../src/node/personal/selected-entries.ts'
import { byId, readVector, type Rows } from '../../merge/vectors.ts'

type Site = Readonly<Record<string, Rows>>
interface Round {
  readonly steps: readonly Site[]
  readonly masks: readonly Site[]
  readonly expected_trained: readonly Site[]
  readonly expected_average: Site
}
interface Rounds {
  readonly ids: readonly string[]
  readonly start: Site
  readonly share: number
  readonly limit: number
  readonly rounds: readonly Round[]
}

const golden = readVector('fedselect_rounds.json') as Rounds
const classifier = { weight: { shape: [0, 0], data: new Float32Array(0) }, bias: { shape: [0], data: new Float32Array(0) } } // prettier-ignore
const tensor = (rows: Rows): Tensor => ({
  shape: [rows.length, rows[0]!.length],
  data: Float32Array.from(rows.flat()),
})
const stateOf = (site: Site): ModelState => {
  const tensors = Object.entries(site).map(([name, rows]) => [name, tensor(rows)] as const)
  return { adapter: new Map(tensors), classifier }
}
const plus = (state: ModelState, step: Site): ModelState => ({
  classifier,
  adapter: new Map(
    [...state.adapter].map(([name, { shape, data }]) => {
      const by = step[name]!.flat()
      return [name, { shape, data: data.map((value, i) => value + by[i]!) }]
    }),
  ),
})

/** Of one tensor, in float64, over those who share an entry. */
function averageOf(name: string, trained: readonly ModelState[], selections: readonly Selection[]) {
  const { shape, data: start } = tensor(golden.start[name]!)
  const [rows, cols] = shape as [number, number]
  const mean = maskedMean(rows, cols)
  for (const i of byId(golden.ids)) {
    const mask = selections[i]!.masks.get(name)!
    mean.add(matrixFromTensor(name, trained[i]!.adapter.get(name)!, rows, cols), (e) => (mask[e]! ? 0 : 1))
  }
  return mean.solve(start)
}

test('golden: four sites over rounds have the masks of the oracle, entry by entry, and its averages', () => {
  const all = stateOf(golden.start)
  const masks = (): Selection['masks'] =>
    new Map([...all.adapter].map(([name, { data }]) => [name, Array.from(data, () => false)]))
  let selections: Selection[] = golden.ids.map(() => ({ masks: masks(), before: all.adapter }))
  let states = golden.ids.map(() => all)
  for (const [t, round] of golden.rounds.entries()) {
    const trained = states.map((state, i) => plus(state, round.steps[i]!))
    const merged = new Map<string, Tensor>()
    for (const name of all.adapter.keys()) {
      for (const [i, site] of round.masks.entries()) {
        assert.deepEqual(selections[i]!.masks.get(name)!.map(Number), site[name]!.flat(), `${t} ${name}`)
        assert.deepEqual([...trained[i]!.adapter.get(name)!.data], round.expected_trained[i]![name]!.flat())
      }
      const { data } = averageOf(name, trained, selections)
      const expected = round.expected_average[name]!.flat()
      data.forEach((value, e) => assert.ok(Math.abs(value - expected[e]!) <= 1e-12, `${t} ${name} ${e}`)) // prettier-ignore
      merged.set(name, { shape: all.adapter.get(name)!.shape, data: Float32Array.from(data) })
    }
    states = trained.map((state, i) => goOnFrom(state, { adapter: merged, classifier }, selections[i]!))
    if (isGrowing(t + 1, 1))
      selections = selections.map((one, i) => grown(one, trained[i]!, { share: golden.share, limit: golden.limit })) // prettier-ignore
  }
  const personal = selections.flatMap(({ masks: some }) => [...some.values()].map((mask) => mask.filter(Boolean).length)) // prettier-ignore
  assert.ok(personal.every((count) => count > 0) && new Set(personal).size > 1)
})

test('masks first grow after the training behind the first interval, as published', () => {
  const at = (every: number): number[] =>
    Array.from({ length: 10 }, (_, n) => n + 1).filter((n) => isGrowing(n, every))
  assert.deepEqual(at(3), [4, 7, 10])
  assert.deepEqual(at(1), [2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('entries of heads and, where it is merged by counts, of the classifier can become personal; none are at first', () => {
  const spec = {
    adapter: { kind: 'ravan', heads: 2, rank: 2, alpha: 1, bases: 'gram-schmidt', seed: 's' },
    modules: [{ name: 'm', in: 8, out: 8 }],
    rule: 'fedselect',
    classifier: { rule: 'counts' },
    classes: ['bent', 'round', 'split'],
    features: 3,
  } as const
  const heads = [0, 1].map((h) => [`adapter/m/head.${h}`, tensor([[1, 2], [3, 4]])] as const) // prettier-ignore
  const weight = tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]]) // prettier-ignore
  const start: ModelState = { adapter: new Map(heads), classifier: { weight, bias: { shape: [3], data: new Float32Array(3) } } } // prettier-ignore
  const bytesOf = (selection: Selection) =>
    Object.fromEntries([...packed(selection)].map(([name, mask]) => [name, [...mask]]))
  const cores = { 'adapter/m/head.0': [0], 'adapter/m/head.1': [0] }
  const selection = nothingSelected(spec, start)
  assert.deepEqual(bytesOf(selection), { ...cores, 'classifier/weight': [0, 0] })
  const frozen = { rule: 'analytic', features: 'frozen', ridge: 0.1 } as const
  assert.deepEqual(bytesOf(nothingSelected({ ...spec, classifier: frozen }, start)), cores)

  const moved = { ...start, classifier: { ...start.classifier, weight: tensor([[1, 2, 3], [4, 5, 6], [7, 8, 10]]) } } // prettier-ignore
  const after = grown(selection, moved, { share: 0.1, limit: 1 })
  assert.deepEqual(bytesOf(after)['classifier/weight'], [0, 1])
  assert.deepEqual(
    bytesOf(after)['adapter/m/head.0'],
    [15],
    'a tensor that did not move turns personal whole: all its entries tie',
  )
  const leftOut = grown(selection, moved, { share: 0.1, limit: 1 }, new Set(['adapter/m/head.1', 'classifier/weight'])) // prettier-ignore
  assert.deepEqual(bytesOf(leftOut)['adapter/m/head.0'], [0], 'but for a head that was not trained')
  const next = goOnFrom(moved, start, after).classifier
  assert.deepEqual([...next.weight.data], [1, 2, 3, 4, 5, 6, 7, 8, 10])
})
