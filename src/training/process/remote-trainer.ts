import type { LabelledFeatures, TensorMap } from '../../merge/index.ts'
import type { TrainerChannel } from './trainer-channel.ts'
import type {
  EvaluatedModel,
  EvaluateResult,
  FeatureOptions,
  MeasureOptions,
  MeasureResult,
  MixerTrust,
  MixtureSpec,
  ModelState,
  SiteSummary,
  SiteTrainer,
  PassOptions,
  StatisticsOptions,
  StatisticsResult,
  TrainOptions,
  TrainProgress,
  TrainResult,
  TrainWork,
  WorkOptions,
} from '../types.ts'

/** A trainer in another process. */
export class RemoteTrainer implements SiteTrainer {
  readonly sites: readonly SiteSummary[]
  readonly #channel: TrainerChannel
  readonly #trainer: number
  #closing: Promise<void> | undefined

  constructor(channel: TrainerChannel, trainer: number, sites: readonly SiteSummary[]) {
    this.#channel = channel
    this.#trainer = trainer
    this.sites = sites
  }

  async *train(
    from: ModelState | null,
    options: TrainOptions,
    { signal, checkpoint }: TrainWork = {},
  ): AsyncGenerator<TrainProgress, TrainResult> {
    const left = new AbortController()
    const progress = new ProgressQueue()
    const call = { trainer: this.#trainer, from, options, checkpoint }
    const stop = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
    const result = this.#channel
      .call('train', call, { signal: stop, onProgress: (step) => progress.push(step) })
      .finally(() => progress.end())
    result.catch(() => undefined) // reported by the await below, or of no interest once the loop was left
    try {
      yield* progress.drain()
      return await result
    } finally {
      left.abort()
    }
  }

  measure(adapter: TensorMap | null, options: MeasureOptions = {}): Promise<MeasureResult> {
    const { leastPerClass, sites, classes, samples, adapterSpec } = options
    const measured = { leastPerClass, sites, classes, samples, adapterSpec }
    return this.#channel.call('measure', { trainer: this.#trainer, adapter, measured }, options)
  }

  statistics(
    adapter: TensorMap | null,
    statistics: StatisticsOptions,
    options?: WorkOptions,
  ): Promise<StatisticsResult> {
    return this.#channel.call('statistics', { trainer: this.#trainer, adapter, statistics }, options)
  }

  evaluate(
    models: readonly EvaluatedModel[],
    split: 'train' | 'heldOut',
    options: PassOptions = {},
  ): Promise<EvaluateResult[]> {
    const { sites, classes, samples } = options
    const call = { trainer: this.#trainer, models, split, sites, classes, samples }
    return this.#channel.call('evaluate', call, options)
  }

  features(
    adapter: TensorMap | null,
    split: 'train' | 'heldOut',
    options: FeatureOptions = {},
  ): Promise<LabelledFeatures> {
    const { sites, classes, samples, adapterSpec } = options
    const call = { trainer: this.#trainer, adapter, split, sites, classes, samples, adapterSpec }
    return this.#channel.call('features', call, options)
  }

  mixerTrust(
    { adapter, adapterSpec }: { readonly adapter: TensorMap; readonly adapterSpec: MixtureSpec },
    split: 'train' | 'heldOut',
    options: PassOptions = {},
  ): Promise<MixerTrust> {
    const { sites, classes, samples } = options
    const model = { adapter, adapterSpec }
    return this.#channel.call(
      'mixerTrust',
      { trainer: this.#trainer, model, split, sites, classes, samples },
      options,
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#channel.call('close', { trainer: this.#trainer })
    return this.#closing
  }
}

/** Progress that has arrived and was not yet asked for. */
class ProgressQueue {
  readonly #waiting: TrainProgress[] = []
  #wake: () => void = () => undefined
  #hasEnded = false

  push(progress: TrainProgress): void {
    this.#waiting.push(progress)
    this.#wake()
  }

  end(): void {
    this.#hasEnded = true
    this.#wake()
  }

  async *drain(): AsyncGenerator<TrainProgress, void> {
    while (true) {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) yield next
      if (this.#hasEnded) return
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
