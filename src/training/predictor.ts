import { PeermergeError, ShapeMismatchError } from '../errors.ts'
import type { Parameters } from './adapters/adapter.ts'
import { BATCH } from './passes/sample-pass.ts'
import { predictSamples } from './passes/predict-samples.ts'
import { encodeInputs } from './data/encode-inputs.ts'
import { formatFor } from './data/format-for.ts'
import type { SampleFormat, SampleSet } from './data/samples.ts'
import { AdapterModels } from './model/adapter-models.ts'
import { CompiledGraphs } from './model/compiled-graphs.ts'
import { loadModel } from './model/load-model.ts'
import type { Model } from './model/model-graph.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { openRuntime } from './runtime/open-runtime.ts'
import { DEFAULT_RUNTIME } from './runtime/runtime-name.ts'
import type {
  EvaluatedModel,
  InputProblem,
  Prediction,
  PredictionInput,
  Predictor,
  PredictorInit,
  PredictOptions,
} from './types.ts'

/** Samples in a batch: one of these, so that requests of all sizes share few compiled graphs. */
const SIZES = [1, 4, 8, 16, BATCH]

/** Graphs that stay compiled: all sizes of images, and of texts the lengths that are asked for most. */
const MOST_GRAPHS = 16

/**
 * Reads a backbone, and no site's data, and returns what answers on it. Blocks its thread while it works; use `spawnTrainer` where a thread
 * must stay responsive.
 *
 * @throws BackboneError, UnsupportedBackboneError; PeermergeError ERR_MODULE_MISMATCH, ERR_RUNTIME_MISSING, ERR_DEVICE_MISSING
 */
export async function createPredictor({ model, threads, runtime }: PredictorInit): Promise<Predictor> {
  const opened = await openRuntime(runtime ?? DEFAULT_RUNTIME)
  const loaded = await loadModel({ ...model, classes: 0 })
  return new LocalPredictor(model, loaded, new CompiledGraphs(opened, threads, MOST_GRAPHS))
}

interface TakenModel extends EvaluatedModel {
  readonly values: Parameters
}

class LocalPredictor implements Predictor {
  readonly #model: Model
  readonly #graphs: CompiledGraphs
  readonly #models: AdapterModels
  readonly #taken = new Map<number, TakenModel>()
  readonly #turns = new OneAtATime()
  readonly #underWay = new Set<Promise<unknown>>()
  #format: SampleFormat
  #last = 0
  #isClosed = false

  constructor({ adapter, modules }: PredictorInit['model'], model: Model, graphs: CompiledGraphs) {
    this.#model = model
    this.#graphs = graphs
    this.#models = new AdapterModels(model, adapter, modules, graphs)
    this.#format = model.format
  }

  async take(model: EvaluatedModel): Promise<number> {
    this.#assertOpen()
    const { weight, bias } = model.classifier
    const [classes = 0] = bias.shape
    const shape = [classes, this.#model.backbone.features]
    if (weight.shape.join() !== shape.join())
      throw new ShapeMismatchError('classifier/weight', shape, weight.shape)
    const leave = await this.#turns.enter() // another kind of adapter may take the place of one
    try {
      const { adapter } = (await this.#models.of(model.adapterSpec)).model
      const values = model.adapter === null ? new Map<string, Float32Array>() : adapter.start(model.adapter)
      this.#taken.set(++this.#last, { ...model, values })
      return this.#last
    } finally {
      leave()
    }
  }

  drop(model: number): Promise<void> {
    this.#taken.delete(model)
    return Promise.resolve()
  }

  async predict(
    number: number,
    inputs: readonly PredictionInput[],
    options: PredictOptions = {},
  ): Promise<readonly Prediction[]> {
    this.#assertOpen()
    const model = this.#taken.get(number)
    if (model === undefined) throw new PeermergeError('ERR_NO_SUCH_MODEL', `there is no model ${number}`)
    const work = this.#answer(model, inputs, options)
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.allSettled(this.#underWay)
    await this.#graphs.dispose()
  }

  /** Inputs are decoded while those of the call before are in the model. */
  async #answer(
    model: TakenModel,
    inputs: readonly PredictionInput[],
    { explain = false, signal }: PredictOptions,
  ): Promise<Prediction[]> {
    const { samples, places, problems } = await encodeInputs(inputs, this.#model.format, this.#model.backbone.modality) // prettier-ignore
    const found: Prediction[] = inputs.map((_, place) => problems.get(place) ?? NOT_FINITE)
    if (places.length === 0) return found
    const leave = await this.#turns.enter(signal)
    try {
      const answers = await this.#pass(model, samples, { explain, signal })
      for (const [i, answer] of answers.entries())
        if (answer.probabilities.every(Number.isFinite)) found[places[i]!] = answer
      return found
    } finally {
      leave()
    }
  }

  async #pass(
    { adapter, adapterSpec, classifier, values }: TakenModel,
    samples: SampleSet,
    { explain, signal }: PredictOptions,
  ): ReturnType<typeof predictSamples> {
    this.#format = formatFor(this.#format, samples.sizes)
    const { model, graphs } = await this.#models.of(adapter === null ? undefined : adapterSpec)
    const fitted = { ...model, format: this.#format }
    const size = SIZES.find((one) => one >= samples.labels.length) ?? BATCH
    const trusts = explain === true && adapterSpec?.kind === 'mixture'
    return predictSamples({ model: fitted, graphs, samples, values, size, signal }, { classifier, adapted: adapter !== null, trusts }) // prettier-ignore
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new PeermergeError('ERR_TRAINER_CLOSED', 'the predictor has been closed')
  }
}

const NOT_FINITE: InputProblem = { code: 'ERR_INPUT_ANSWER', reason: 'the model’s answer is not finite' }
