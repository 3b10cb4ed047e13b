import { PeermergeError } from '../../errors.ts'
import { createRandom } from '../../merge/index.ts'
import type { CompiledGraphs } from '../model/compiled-graphs.ts'
import { batches } from '../data/batches.ts'
import type { Batch } from '../data/batches.ts'
import type { SampleSet } from '../data/samples.ts'
import { DivergedError } from '../errors.ts'
import { GRADIENT, trainingGraph } from '../model/model-graph.ts'
import type { Model } from '../model/model-graph.ts'
import { stateOf, valuesOf } from '../model/model-state.ts'
import { AdamW } from './optimizer.ts'
import { Progress } from '../progress.ts'
import type { Clock } from '../progress.ts'
import type { ModelState, TrainOptions, TrainProgress } from '../types.ts'

export interface LoopResult {
  readonly state: ModelState
  readonly losses: readonly number[]
}

/**
 * Minimises the mean cross entropy over the samples by AdamW: every epoch in a new seeded order, in batches of one size.
 * The same seed, samples and runtime give the same losses.
 *
 * @throws PeermergeError ERR_TRAIN_OPTIONS - an option is out of its range
 * @throws DivergedError - the loss, a slope, or a parameter after the last step is not finite
 */
export async function* trainingLoop(
  model: Model,
  graphs: CompiledGraphs,
  samples: SampleSet,
  from: ModelState | null,
  options: TrainOptions,
  { now, signal }: { now: Clock; signal?: AbortSignal | undefined },
): AsyncGenerator<TrainProgress, LoopResult> {
  checkOptions(options)
  const count = samples.labels.length
  const size = Math.min(options.batchSize, count)
  const values = valuesOf(model, from)
  const optimizer = new AdamW(options)
  const losses: number[] = []
  const progress = new Progress('train', count * options.epochs, now)
  let lastGood: ModelState | null = null

  for (const batch of epochs(model, samples, size, options)) {
    signal?.throwIfAborted()
    const outputs = await graphs.run(
      `train/${size}/${batch.extent}`,
      () => trainingGraph(model, { size, extent: batch.extent }),
      feedsOf(batch, values),
    )
    const loss = outputs['loss']!.data[0]!
    if (!Number.isFinite(loss)) throw new DivergedError(losses.length + 1, loss, lastGood)
    lastGood = stateOf(model, values)
    losses.push(loss)
    const slopes = new Map([...values.keys()].map((name) => [name, outputs[GRADIENT + name]!.data]))
    if (![...slopes.values()].every(isFinite)) throw new DivergedError(losses.length, NaN, lastGood)
    optimizer.step(values, slopes)
    yield progress.advance(batch.indices.length, loss)
  }

  if (![...values.values()].every(isFinite)) throw new DivergedError(losses.length, NaN, lastGood)
  return { state: stateOf(model, values), losses }
}

function isFinite(data: Float32Array): boolean {
  return data.every(Number.isFinite)
}

function checkOptions(options: TrainOptions): void {
  for (const name of ['epochs', 'batchSize'] as const) {
    if (!Number.isInteger(options[name]) || options[name] < 1)
      refuse(name, 'a whole number of at least 1', options)
  }
  for (const name of ['learningRate', 'weightDecay'] as const) {
    if (!Number.isFinite(options[name]) || options[name] < 0) refuse(name, 'a number of at least 0', options)
  }
}

function refuse(name: keyof TrainOptions, expected: string, options: TrainOptions): never {
  const text = `training option ${name}: expected ${expected}, got ${String(options[name])}`
  throw new PeermergeError('ERR_TRAIN_OPTIONS', text, { option: name, value: options[name] })
}

function* epochs(model: Model, samples: SampleSet, size: number, options: TrainOptions): Generator<Batch> {
  const shuffle = createRandom(`${options.seed}/shuffle`)
  const random = createRandom(`${options.seed}/flip`)
  const changes = { ...options.augment, ...(options.flip === true && { flip: true }) }
  const augment = model.format.augmentation?.(changes, random)
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    yield* batches(samples, model.format, { size, shuffle, augment })
  }
}

function feedsOf(
  { feeds, labels, weights }: Batch,
  values: ReadonlyMap<string, Float32Array>,
): Record<string, Float32Array | Int32Array> {
  return { ...feeds, labels, weights, ...Object.fromEntries(values) }
}
