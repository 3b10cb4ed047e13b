import type { GramSpec, LabelledFeatures, MergeRule, TensorMap } from '../../merge/index.ts'
import type { RuntimeName } from '../runtime/runtime-name.ts'
import type {
  EvaluateResult,
  EvaluatedModel,
  FeatureOptions,
  MeasureOptions,
  MeasureResult,
  MixerTrust,
  PassOptions,
  StatisticsOptions,
  StatisticsResult,
} from './measuring.ts'
import type { Predictor, PredictorInit } from './predicting.ts'
import type { MixtureSpec, ModelSpec, ModelState, SiteData, SiteSummary } from './site-data.ts'
import type { TrainOptions, TrainProgress, TrainResult, TrainWork, WorkOptions } from './training.ts'

export interface SiteTrainerInit {
  readonly model: ModelSpec
  /** The site's data. Several are trained on as one and evaluated apart: training on pooled data, or a judge over all sites. */
  readonly data: readonly SiteData[]
  /** How adapters are merged, which decides what training measures besides. */
  readonly rule: MergeRule
  /** In which form training yields Grams. @default projected where the rule weighs by Grams, else none */
  readonly grams?: GramSpec | undefined
  /** Whether training yields `classifier/gram`, [x;1]ᵀ[x;1] of the classifier's inputs under what was trained. @default false */
  readonly classifierGram?: boolean | undefined
  /** Seed of random backbone weights to use instead of the pretrained ones. @default the pretrained weights */
  readonly randomWeights?: string
  /** Memory for encoded samples; what does not fit is kept in a temporary file. @default 1 GiB */
  readonly sampleMemoryBytes?: number
  /**
   * Most bytes, in memory and beyond it in a temporary file, for activations of layers below the lowest adapter, which are computed once a
   * sample instead of once an epoch; 0 computes them every time. @default 4 GiB
   */
  readonly activationBytes?: number
  /**
   * When activations below the lowest adapter begin to be kept: when a sample is first trained on, and of held-out ones when something has
   * been trained; or whenever any pass asks for a sample, which pays where statistics and scores come often. @default 'training'
   */
  readonly keep?: 'training' | 'all' | undefined
  /** Threads of the compute runtime. @default chosen by the runtime */
  readonly threads?: number
  /** What executes the graph, and on which device. @default 'onnx' */
  readonly runtime?: RuntimeName
}

/**
 * Trains, measures and evaluates on a site's samples. One call at a time is worked on, others wait. A call that is
 * aborted rejects with the signal's reason; leaving the loop over `train` stops it.
 */
export interface SiteTrainer {
  readonly sites: readonly SiteSummary[]
  /**
   * From a model, or with null from the charter's start (adapter that adds nothing, classifier of zeros).
   *
   * @throws DivergedError - the loss is not finite; carries the last state with a finite one
   */
  train(
    from: ModelState | null,
    options: TrainOptions,
    work?: TrainWork,
  ): AsyncGenerator<TrainProgress, TrainResult>
  /**
   * Classifier statistics of the training split, on the features of an adapter, or with null of the frozen backbone. Samples of classes of
   * which there are too few to be told are left out, and not counted.
   */
  measure(adapter: TensorMap | null, options?: MeasureOptions): Promise<MeasureResult>
  /**
   * Statistics of the inputs of target modules over the training split, or the samples chosen of it, under an adapter, or with null under the frozen backbone.
   * Several passes are made where the Grams of all modules together would not fit into memory.
   *
   * @throws PeermergeError ERR_STATISTICS_OPTIONS - a site or class that there is not, k out of its range, an unknown module, `projected` where A is trained
   */
  statistics(
    adapter: TensorMap | null,
    statistics: StatisticsOptions,
    options?: WorkOptions,
  ): Promise<StatisticsResult>
  /** Accuracy of each model on one split, in their order. */
  evaluate(
    models: readonly EvaluatedModel[],
    split: 'train' | 'heldOut',
    options?: PassOptions,
  ): Promise<EvaluateResult[]>
  /** Classifier inputs and classes of a split's samples, in their order; under an adapter, or with null of the frozen backbone. */
  features(
    adapter: TensorMap | null,
    split: 'train' | 'heldOut',
    options?: FeatureOptions,
  ): Promise<LabelledFeatures>
  /** How far the mixers of a site's own mixture trust the rest of the world, module by module and class by class. */
  mixerTrust(
    model: { readonly adapter: TensorMap; readonly adapterSpec: MixtureSpec },
    split: 'train' | 'heldOut',
    options?: PassOptions,
  ): Promise<MixerTrust>
  /** Frees memory; every later call fails. Harmless twice. */
  close(): Promise<void>
}

/** Handed in; the calls of pino that the trainer's client uses. */
export interface TrainerLogger {
  warn(fields: object, message: string): void
  debug(fields: object, message: string): void
}

/** What a process has used. */
export interface ProcessUsage {
  /** Processor time since its start, in milliseconds. */
  readonly cpuMs: number
  /** Resident memory, in bytes. */
  readonly memoryBytes: number
}

/** A process of its own in which trainers work, so that no native kernel ever blocks the caller's thread. */
export interface TrainerClient {
  /** As `createSiteTrainer`, in the trainer's process. */
  open(init: SiteTrainerInit, options?: WorkOptions): Promise<SiteTrainer>
  /** As `createPredictor`, in the trainer's process: it reads no site's data. */
  openPredictor(init: PredictorInit, options?: WorkOptions): Promise<Predictor>
  /** As the process said last, which it does every second; what it used in its last second is not known. */
  readonly usage: ProcessUsage
  /** The most bytes that the process has had in memory so far (resident set). */
  peakMemory(): Promise<number>
  /** Ends the process, whatever it does. Harmless twice. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
