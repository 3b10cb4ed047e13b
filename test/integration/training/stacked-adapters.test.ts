import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { loraAName, loraBName, loraScale } from '../../../src/merge/index.ts'
import type { AdapterSpec, LoraSpec, Tensor, TensorMap } from '../../../src/merge/index.ts'
import { stackedSpec } from '../../../src/merge/rules/stacked-products.ts'
import { openBackbone } from '../../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../../src/training/backbone/target-modules.ts'
import { loadData } from '../../../src/training/data/load-data.ts'
import { CompiledGraphs } from '../../../src/training/model/compiled-graphs.ts'
import { loadModel } from '../../../src/training/model/load-model.ts'
import type { Model } from '../../../src/training/model/model-graph.ts'
import { featurePass } from '../../../src/training/passes/feature-pass.ts'
import type { Feature } from '../../../src/training/passes/feature-pass.ts'
import { predict } from '../../../src/training/passes/predict.ts'
import { spawnTrainer } from '../../../src/training/process/spawn-trainer.ts'
import { openRuntime } from '../../../src/training/runtime/open-runtime.ts'
import { createSiteTrainer } from '../../../src/training/trainer.ts'
import type { ModelState, SiteTrainer, SiteTrainerInit } from '../../../src/training/types.ts'
import { CLASSES, syntheticSite, TINY_VIT, type SyntheticSite } from '../../fixtures/synthetic-site.ts'
import { assertClose } from '../../helpers/assert-close.ts'
import { randomState } from '../../helpers/random-state.ts'

const TASKS = 3
const LORA: LoraSpec = { kind: 'lora', rank: 2, alpha: 3, scaling: 'rslora', trains: 'AB', seed: 'charter' }
const STACKED = stackedSpec(LORA, TASKS)

let sites: SyntheticSite[]
let from: SiteTrainerInit
let model: Model
let tasks: ModelState[]
let stacked: TensorMap
let trainer: SiteTrainer
before(async () => {
  sites = await Promise.all([
    syntheticSite({ across: 9, down: 8, plain: 7 }, 'first'),
    syntheticSite({ across: 4, plain: 6 }, 'second'),
  ])
  const modules = resolveTargetModules(await openBackbone(TINY_VIT), ['query', 'value', 'output.dense'])
  const spec = { backbone: TINY_VIT, extent: 24, adapter: LORA, modules, classes: CLASSES.length }
  from = { model: spec, data: sites.map(({ data }) => data), rule: 'mean', threads: 1 }
  model = await loadModel(spec)
  tasks = Array.from({ length: TASKS }, (_, task) => randomState(model, task + 1, 0.3))
  stacked = stackOf(tasks.map(({ adapter }) => adapter))
  trainer = await createSiteTrainer(from)
})
after(async () => {
  await trainer.close()
  await Promise.all(sites.map((site) => site.remove()))
})

/** Every A upon the others, every B beside them. */
function stackOf(adapters: readonly TensorMap[]): TensorMap {
  const rank = LORA.rank * adapters.length
  const result = new Map<string, Tensor>()
  for (const { name, in: inputs, out } of from.model.modules) {
    const a = adapters.flatMap((one) => [...one.get(loraAName(name))!.data])
    const b = Array.from({ length: out }, (_, row) =>
      adapters.flatMap((one) => [
        ...one.get(loraBName(name))!.data.subarray(row * LORA.rank, (row + 1) * LORA.rank),
      ]),
    ).flat()
    result.set(loraAName(name), { shape: [rank, inputs], data: Float32Array.from(a) })
    result.set(loraBName(name), { shape: [out, rank], data: Float32Array.from(b) })
  }
  return result
}

/** Σ_t scale · B_t A_t added to the weights, in doubles. */
function folded(): Model {
  const weights = new Map(model.weights)
  for (const { name, in: inputs, out } of from.model.modules) {
    const weight = Float64Array.from(weights.get(`${name}.weight`)!.data)
    for (const { adapter } of tasks) {
      const [a, b] = [adapter.get(loraAName(name))!.data, adapter.get(loraBName(name))!.data]
      for (let at = 0; at < weight.length; at++) {
        const [i, j] = [Math.floor(at / inputs), at % inputs]
        for (let r = 0; r < LORA.rank; r++)
          weight[at]! += loraScale(LORA) * b[i * LORA.rank + r]! * a[r * inputs + j]!
      }
    }
    weights.set(`${name}.weight`, { shape: [out, inputs], data: Float32Array.from(weight) })
  }
  return { ...model, weights }
}

async function foldedFeatures(split: 'train' | 'heldOut'): Promise<Feature[][]> {
  const graphs = new CompiledGraphs(await openRuntime('onnx'), 1)
  const loaded = await loadData(from.data, model.format, () => 0, {})
  const all: Feature[][] = []
  for (const site of loaded) {
    const pass = { model: folded(), graphs, samples: site[split], values: new Map<string, Float32Array>() }
    const features: Feature[] = []
    for await (const some of featurePass(pass, false)) features.push(...some)
    all.push(features)
    site.close()
  }
  await graphs.dispose()
  return all
}

describe('an adapter of another rank than the trainer’s', () => {
  it('is measured with as if its products were folded into the weights', async () => {
    const { gram, count } = await trainer.measure(stacked, { adapterSpec: STACKED })
    const features = (await foldedFeatures('train')).flat()
    assert.equal(count, features.length)
    const rows = features.map(({ x }) => [...x, 1])
    const expected: number[] = []
    for (let i = 0; i < rows[0]!.length; i++)
      for (let j = 0; j <= i; j++) expected.push(rows.reduce((sum, x) => sum + x[i]! * x[j]!, 0))
    assertClose(gram.data, expected, 1e-5, 'Gram of the features')
    const plain = await trainer.measure(tasks[0]!.adapter)
    assert.ok(
      plain.gram.data.some((value, i) => Math.abs(value - expected[i]!) > 0.1),
      'other than one task',
    )
  })

  it('is evaluated so, beside others and by site and class', async () => {
    const { classifier } = tasks[1]!
    const models = [
      tasks[0]!,
      { adapter: stacked, adapterSpec: STACKED, classifier },
      { adapter: null, classifier },
    ]
    const [own, merged, frozen] = await trainer.evaluate(models, 'train')
    assert.deepEqual((await trainer.evaluate([tasks[0]!], 'train'))[0], own)
    assert.deepEqual((await trainer.evaluate([{ adapter: null, classifier }], 'train'))[0], frozen)
    for (const [site, features] of (await foldedFeatures('train')).entries()) {
      for (const label of CLASSES.keys()) {
        const members = features.filter((one) => one.label === label)
        const correct = members.filter(({ x }) => predict(classifier, x) === label).length
        assert.deepEqual(
          merged!.perSiteClass[site]![label],
          { correct, count: members.length },
          `${site} ${label}`,
        )
      }
    }
    const sum = (scores: readonly { correct: number }[]): number =>
      scores.reduce((all, { correct }) => all + correct, 0)
    assert.deepEqual(merged!.perSite.map(({ correct }) => correct), merged!.perSiteClass.map(sum)) // prettier-ignore
    assert.deepEqual(
      merged!.perClass.map(({ correct }) => correct),
      [...CLASSES.keys()].map((label) => sum(merged!.perSiteClass.map((classes) => classes[label]!))),
    )
    assert.equal(merged!.correct, sum(merged!.perSite))
    const taken = (label: number, answer: number): number =>
      merged!.mistakes.find((one) => one.label === label && one.answer === answer)?.count ?? 0
    const all = (await foldedFeatures('train')).flat()
    for (const label of CLASSES.keys()) {
      for (const answer of CLASSES.keys()) {
        const mistaken = all.filter((one) => one.label === label && label !== answer && predict(classifier, one.x) === answer) // prettier-ignore
        assert.equal(taken(label, answer), mistaken.length, `${label} taken for ${answer}`)
      }
    }
  })

  it('shares no features with the same tensors under another scale', async () => {
    const { classifier } = tasks[1]!
    const half: AdapterSpec = { ...STACKED, alpha: STACKED.alpha / 8 }
    const one = { adapter: stacked, adapterSpec: STACKED, classifier }
    const other = { adapter: stacked, adapterSpec: half, classifier }
    const together = await trainer.evaluate([one, other], 'train')
    assert.deepEqual(together, [
      ...(await trainer.evaluate([one], 'train')),
      ...(await trainer.evaluate([other], 'train')),
    ])
    const grams = await Promise.all(
      [STACKED, half].map((adapterSpec) => trainer.measure(stacked, { adapterSpec })),
    )
    assert.notDeepEqual(grams[0]!.gram, grams[1]!.gram)
  })

  it('is what inputs are measured under, also through the process', async () => {
    const asked = { kind: 'diagonal', adapterSpec: STACKED } as const
    const statistics = await trainer.statistics(stacked, asked)
    assert.notDeepEqual(statistics, await trainer.statistics(tasks[0]!.adapter, { kind: 'diagonal' }))
    await using client = spawnTrainer()
    const remote = await client.open(from)
    assert.deepEqual(await remote.statistics(stacked, asked), statistics)
    assert.deepEqual(
      await remote.measure(stacked, { adapterSpec: STACKED }),
      await trainer.measure(stacked, { adapterSpec: STACKED }),
    )
    const merged = { adapter: stacked, adapterSpec: STACKED, classifier: tasks[1]!.classifier }
    assert.deepEqual(await remote.evaluate([merged], 'heldOut'), await trainer.evaluate([merged], 'heldOut'))
  })

  it('is refused without its spec, and a spec that no module has room for', async () => {
    const { classifier } = tasks[1]!
    await assert.rejects(trainer.evaluate([{ adapter: stacked, classifier }], 'train'), {
      code: 'ERR_SHAPE_MISMATCH',
    })
    const wide = { ...STACKED, rank: 25 }
    await assert.rejects(trainer.measure(stacked, { adapterSpec: wide }), { message: /rank is 25/ })
  })
})
