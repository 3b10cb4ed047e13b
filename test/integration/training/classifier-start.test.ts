import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createRandom } from '../../../src/merge/index.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { ModelState, SiteTrainer, TrainOptions } from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'
import { assertClose } from '../../helpers/assert-close.ts'

/** Nothing moves, so that what comes out is what training started from. */
const STILL: TrainOptions = { epochs: 1, batchSize: 8, learningRate: 0, weightDecay: 0, seed: 'start' }
const SCALE = 0.05
const RIDGE = 0.1

let site: SyntheticSite
let trainer: SiteTrainer
before(async () => {
  site = await syntheticSite({ across: 9, down: 8, plain: 7 })
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query'])
  const adapter = { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 'charter' } as const
  const model = { backbone: TINY_VIT, extent: 24, adapter, modules, classes: CLASSES.length }
  trainer = await createSiteTrainer({ model, data: [site.data], rule: 'mean', threads: 1 })
})
after(async () => {
  await trainer.close()
  await site.remove()
})

async function started(
  options: Partial<TrainOptions> = {},
  from: ModelState | null = null,
): Promise<ModelState> {
  const work = trainer.train(from, { ...STILL, classifierStart: 'discriminant', ...options })
  for (;;) {
    const step = await work.next()
    if (step.done === true) return step.value.state
  }
}

const rowOf = ({ classifier: { weight, bias } }: ModelState, row: number): number[] => {
  const width = weight.shape[1]!
  return [...weight.data.subarray(row * width, (row + 1) * width), bias.data[row]!]
}

/** Rows [w | b] of the discriminant, straight from its formula over the samples' features, by Gaussian elimination. */
async function oracle(rows: readonly number[]): Promise<number[][]> {
  const { features, labels } = await trainer.features(null, 'train')
  const counts = trainer.sites[0]!.train.classCounts
  const d = features.shape[1]!
  const xs = Array.from(labels, (_, i) => [...features.data.subarray(i * d, (i + 1) * d)])
  const chosen = xs.map((x, i) => ({ x, c: labels[i]! })).filter(({ c }) => rows.includes(c))
  const meanOf = (all: readonly { x: number[] }[]): number[] =>
    Array.from({ length: d }, (_, i) => all.reduce((sum, { x }) => sum + x[i]!, 0) / all.length)
  const mean = meanOf(chosen)
  const means = new Map(rows.map((c) => [c, meanOf(chosen.filter((one) => one.c === c))]))
  const trace = chosen.reduce((sum, { x }) => sum + x.reduce((s, v) => s + v * v, 0), 0)
  const scatter = Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (_, j) => {
      const raw = chosen.reduce((sum, { x }) => sum + x[i]! * x[j]!, 0)
      const between = rows.reduce((sum, c) => sum + counts[c]! * means.get(c)![i]! * means.get(c)![j]!, 0)
      return raw - 0.98 * between + (i === j ? (RIDGE * trace) / d : 0)
    }),
  )
  return rows.map((c) => {
    const delta = means.get(c)!.map((value, i) => value - mean[i]!)
    const w = gauss(scatter, delta).map((value) => value * chosen.length)
    const dot = (v: readonly number[]): number => w.reduce((sum, value, i) => sum + value * v[i]!, 0)
    return [...w, -dot(mean) - dot(delta) / 2].map((value) => SCALE * value)
  })
}

function gauss(matrix: readonly number[][], right: readonly number[]): number[] {
  const a = matrix.map((row, i) => [...row, right[i]!])
  for (let k = 0; k < a.length; k++) {
    const pivot = a.findIndex((row, i) => i >= k && Math.abs(row[k]!) === Math.max(...a.slice(k).map((r) => Math.abs(r[k]!)))) // prettier-ignore
    ;[a[k], a[pivot]] = [a[pivot]!, a[k]!]
    for (let i = 0; i < a.length; i++) {
      if (i === k) continue
      const factor = a[i]![k]! / a[k]![k]!
      for (let j = k; j <= a.length; j++) a[i]![j]! -= factor * a[k]![j]!
    }
  }
  return a.map((row, i) => row[a.length]! / row[i]!)
}

describe('a classifier that starts at the discriminant of the site’s samples', () => {
  it('has a small multiple of it in every row', async () => {
    const state = await started()
    const all = [...CLASSES.keys()]
    for (const [row, expected] of (await oracle(all)).entries())
      assertClose(rowOf(state, row), expected, 2e-5, 'row')
  })

  it('leaves classes that are not trained on at zero', async () => {
    const state = await started({ classes: [0, 2] })
    const expected = await oracle([0, 2])
    assertClose(rowOf(state, 0), expected[0]!, 2e-5, 'row')
    assertClose(rowOf(state, 2), expected[1]!, 2e-5, 'row')
    assert.ok(rowOf(state, 1).every((value) => value === 0))
  })

  it('keeps rows that are known, to the last bit', async () => {
    const { classifier, adapter } = await started()
    const random = createRandom('rows')
    const weight = { ...classifier.weight, data: classifier.weight.data.map(() => random.uniform() - 0.5) }
    const width = weight.shape[1]!
    weight.data.fill(0, width, 2 * width)
    const bias = { ...classifier.bias, data: Float32Array.of(0.5, 0, 0) }
    const from = { adapter, classifier: { weight, bias } }
    const state = await started({}, from)
    for (const row of [0, 2]) assert.deepEqual(rowOf(state, row), rowOf(from, row))
    assert.ok(rowOf(state, 1).every((value) => value !== 0))
  })

  it('of a single class is zero, as there is nothing to tell', async () => {
    const state = await started({ classes: [1] })
    assert.ok(rowOf(state, 1).every((value) => value === 0))
  })

  it('is not what training starts from unless it is asked for', async () => {
    const state = await started({ classifierStart: 'zeros' })
    assert.ok([...state.classifier.weight.data, ...state.classifier.bias.data].every((value) => value === 0))
  })
})
