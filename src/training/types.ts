import type { AdapterSpec, Classifier, TargetModule, Tensor, TensorMap } from '../merge/index.ts'

/** Images of one site: `dir/<class>/<image>`; a seeded share of every class is held out for evaluation. */
export interface SiteData {
  readonly dir: string
  /** Classes of the charter, in row order; a folder that is none of them is an error, a missing one is an absent class. */
  readonly classes: readonly string[]
  /** Share of every class used for training. @default 0.7 */
  readonly trainFraction: number
  readonly splitSeed: string
}

/** Everything that defines the model on which a site trains. */
export interface ModelSpec {
  /** Hugging Face directory: config.json, model.safetensors, preprocessor_config.json. */
  readonly backbone: string
  /** Side of the square input in pixels; position embeddings are interpolated when it is not the backbone's own. */
  readonly imageSize: number
  readonly adapter: AdapterSpec
  readonly modules: readonly TargetModule[]
  readonly classes: number
}

/** Trainable state under the wire names of merge (`adapter/<module>/…`) and the classifier. */
export interface ModelState {
  readonly adapter: TensorMap
  readonly classifier: Classifier
}

export interface TrainOptions {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly weightDecay: number
  readonly seed: string
}

export interface TrainProgress {
  readonly phase: 'load' | 'train' | 'measure' | 'evaluate'
  readonly done: number
  readonly total: number
  readonly samplesPerSecond: number
  readonly loss?: number
}

/** What one training run yields: the payload of an `adapter` contribution and the counts of its header. */
export interface TrainResult {
  readonly state: ModelState
  /** Statistics under their wire names, `gram/<module>`; empty for the rule `mean`. */
  readonly grams: TensorMap
  readonly count: number
  readonly classCounts: readonly number[]
  readonly losses: readonly number[]
}

/** The payload of a `statistics` contribution. */
export interface MeasureResult {
  /** `classifier/gram`: [x;1]ᵀ[x;1], lower triangle packed by rows. */
  readonly gram: Tensor
  /** `classifier/cross`: [x;1]ᵀY, (features + 1, classes), one-hot Y. */
  readonly cross: Tensor
  readonly count: number
  readonly classCounts: readonly number[]
}

export interface EvaluateResult {
  readonly correct: number
  readonly count: number
  readonly perClass: readonly { readonly correct: number; readonly count: number }[]
}

/** A file that could not be used; reported, never fatal. */
export interface SkippedFile {
  readonly file: string
  readonly reason: string
}
