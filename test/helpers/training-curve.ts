import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom, frozenFactors, writeSafetensors } from '../../src/merge/index.ts'
import type { AdapterSpec, Tensor } from '../../src/merge/index.ts'
import type { Backbone } from '../../src/training/backbone/backbone.ts'
import { openBackbone } from '../../src/training/backbone/open-backbone.ts'
import { resolveTargetModules } from '../../src/training/backbone/target-modules.ts'
import { loadData } from '../../src/training/data/load-data.ts'
import { joinSamples } from '../../src/training/data/load-site.ts'
import { checkTrainOptions } from '../../src/training/loop/train-options.ts'
import { trainClassifier } from '../../src/training/loop/train-classifier.ts'
import { CompiledGraphs } from '../../src/training/model/compiled-graphs.ts'
import type { Feeds } from '../../src/training/model/compiled-graphs.ts'
import { loadModel } from '../../src/training/model/load-model.ts'
import { openRuntime } from '../../src/training/runtime/open-runtime.ts'
import type { ModelSpec, ModelState, SiteData, TrainOptions } from '../../src/training/types.ts'

/** A training run whose losses are compared with those of PyTorch. */
export interface CurveCase {
  readonly name: string
  readonly backbone: string
  readonly extent: number
  readonly targets: readonly string[]
  readonly adapter: AdapterSpec
  readonly data: SiteData
}

export const CURVE_OPTIONS: TrainOptions = {
  epochs: 4,
  batchSize: 8,
  learningRate: 5e-3,
  weightDecay: 0.02,
  seed: 'curve',
}

export interface Curve {
  readonly losses: readonly number[]
  /** What every step was fed with besides the parameters. */
  readonly feeds: readonly Feeds[]
  readonly start: ModelState
  readonly spec: ModelSpec
  readonly backbone: Pick<Backbone, 'modality' | 'pooling' | 'normalized'>
}

/** Trains from a random state, so that every slope counts from the first step, and keeps what was fed. */
export async function trainCurve(init: CurveCase): Promise<Curve> {
  const { backbone, extent, targets, adapter, data } = init
  const modules = resolveTargetModules(await openBackbone(backbone), targets)
  const spec = { backbone, extent, adapter, modules, classes: data.classes.length }
  const model = await loadModel(spec)
  const [site] = await loadData([data], model.format, () => 0, {})
  const graphs = new RecordingGraphs(await openRuntime('onnx'), 1)
  const start = randomState(
    model.adapter.wire(model.adapter.start(null)),
    spec.classes,
    model.backbone.features,
  )
  const samples = joinSamples([site!.train])
  const options = checkTrainOptions(CURVE_OPTIONS, spec)
  const work = trainClassifier(
    {
      model,
      graphs,
      train: samples,
      heldOut: site!.heldOut,
      from: start,
      options,
      setting: '',
      now: () => 0,
    },
    {},
  )
  let step = await work.next()
  while (!step.done) step = await work.next()
  await graphs.dispose()
  site!.close()
  return { losses: step.value.losses, feeds: graphs.feeds, start, spec, backbone: model.backbone }
}

/** Writes what make_training_curves.py needs to train the same: start, frozen factors, options, and the batch of every step. */
export async function writeCurve(dir: string, { name }: CurveCase, curve: Curve): Promise<void> {
  const { spec, start, feeds, backbone } = curve
  const tensors = new Map<string, Tensor>([...start.adapter, ...frozenFactors(spec.adapter, spec.modules)])
  tensors.set('classifier/weight', start.classifier.weight)
  tensors.set('classifier/bias', start.classifier.bias)
  for (const [step, batch] of feeds.entries()) {
    for (const [input, data] of Object.entries(batch)) {
      tensors.set(`step/${step}/${input}`, { shape: [data.length], data: Float32Array.from(data) })
    }
  }
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, `${name}.safetensors`), writeSafetensors(tensors))
  const { modality, pooling, normalized } = backbone
  const facts = { name, steps: feeds.length, options: CURVE_OPTIONS, spec, modality, pooling, normalized }
  await writeFile(join(dir, `${name}.json`), JSON.stringify(facts))
}

/** Keeps the feeds of training steps that are no parameter. */
class RecordingGraphs extends CompiledGraphs {
  readonly feeds: Feeds[] = []

  override run(...[key, build, feeds]: Parameters<CompiledGraphs['run']>): ReturnType<CompiledGraphs['run']> {
    const batch = Object.entries(feeds).filter(([name]) => !/^(adapter\/|class)/.test(name))
    if (/^train\b/.test(key))
      this.feeds.push(Object.fromEntries(batch.map(([name, data]) => [name, data.slice()])))
    return super.run(key, build, feeds)
  }
}

function randomState(adapter: ReadonlyMap<string, Tensor>, classes: number, features: number): ModelState {
  const random = createRandom('curve')
  const moved = ({ shape, data }: Tensor, by: number): Tensor => ({
    shape,
    data: data.map((value) => value + by * random.normal()),
  })
  const zeros = (shape: readonly number[]): Tensor => ({
    shape,
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  })
  return {
    adapter: new Map([...adapter].map(([name, tensor]) => [name, moved(tensor, 0.1)])),
    classifier: { weight: moved(zeros([classes, features]), 0.3), bias: moved(zeros([classes]), 0.1) },
  }
}

/** Every loss within 1e-3 of the other curve, which falls: a curve that stands still would prove nothing. */
export function assertCurve(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, `${what}: steps`)
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  assert.ok(mean(expected.slice(-5)) < 0.8 * mean(expected.slice(0, 5)), `${what}: ${expected.join(' ')}`)
  actual.forEach((loss, step) => {
    const error = Math.abs(loss - expected[step]!)
    assert.ok(error <= 1e-3, `${what}, step ${step}: ${loss} is not ${expected[step]}`)
  })
}
