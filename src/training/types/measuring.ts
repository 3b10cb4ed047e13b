import type { AdapterSpec, Classifier, Tensor, TensorMap } from '../../merge/index.ts'
import type { MixtureSpec, SampleChoice } from './site-data.ts'
import type { WorkOptions } from './training.ts'

/** A model to evaluate: that of a state, or with null the frozen backbone under a classifier of its own. */
export interface EvaluatedModel {
  readonly adapter: TensorMap | null
  /** What kind of adapter that is, as a merge of tasks that stacks factors has another rank. @default the trainer's */
  readonly adapterSpec?: AdapterSpec | MixtureSpec | undefined
  readonly classifier: Classifier
}

export interface MeasureOptions extends WorkOptions, SampleChoice {
  /** What kind of adapter it is. @default the trainer's */
  readonly adapterSpec?: AdapterSpec | MixtureSpec | undefined
  /** Classes with fewer samples are left out. @default 1 */
  readonly leastPerClass?: number | undefined
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

export interface StatisticsOptions extends SampleChoice {
  /** What kind of adapter it is. @default the trainer's */
  readonly adapterSpec?: AdapterSpec | MixtureSpec | undefined
  /**
   * What is kept of the Gram of a layer's inputs, G = XᵀX over all rows (tokens) of all training samples:
   *
   *   full        G
   *   diagonal    its diagonal
   *   top-k       its k largest eigenpairs, and the mean of the other eigenvalues
   *   projected   A G Aᵀ for the adapter's frozen A, as training yields it; not where A is trained
   */
  readonly kind: 'full' | 'diagonal' | 'top-k' | 'projected'
  /** Eigenpairs of `top-k`, fewer than the layer has inputs. @default 16 */
  readonly k?: number | undefined
  /** Target modules by name. @default all */
  readonly modules?: readonly string[] | undefined
}

export interface StatisticsResult {
  readonly grams: readonly InputGram[]
  readonly count: number
  readonly classCounts: readonly number[]
}

/** The Gram of one input. Sums, never divided by a count. */
export interface InputGram {
  /** Target modules that share this input, as query, key and value do; with `projected` one. */
  readonly modules: readonly string[]
  /** Rows behind it: tokens of samples, without filling; not counted for `projected`. */
  readonly rows?: number
  readonly gram: GramSummary
}

/** d is the width of the input. G of `top-k` is Σ (λᵢ − rest) vᵢvᵢᵀ + rest · I. */
export type GramSummary =
  | { readonly kind: 'full'; /** (d(d+1)/2), lower triangle packed by rows */ readonly packed: Tensor }
  | { readonly kind: 'diagonal'; /** (d) */ readonly diagonal: Tensor }
  | {
      readonly kind: 'top-k'
      /** (k), descending */
      readonly values: Tensor
      /** (k, d), rows of length 1 */
      readonly vectors: Tensor
      readonly rest: number
    }
  | { readonly kind: 'projected'; /** in the shape of `gram/<module>` */ readonly packed: Tensor }

export interface EvaluateResult {
  readonly correct: number
  readonly count: number
  readonly perClass: readonly Score[]
  /** In the order of the trainer's sites. */
  readonly perSite: readonly Score[]
  /** Of every site in the order of the classes. */
  readonly perSiteClass: readonly (readonly Score[])[]
  /** Sample by sample, 1 where the model was right, in the order of the samples, site after site: what a paired test needs. */
  readonly right: Uint8Array
  /** Of two classes alone, by class: of every sample the second's logit less the first's. */
  readonly margins?: readonly (readonly number[])[] | undefined
  /** How often samples of a class were taken for another, as rows of the classifier; the most frequent first. */
  readonly mistakes: readonly Mistake[]
}

export interface Mistake {
  readonly label: number
  readonly answer: number
  readonly count: number
}

/** How far the mixers of a mixture trust the rest of the world, 0 to 1. */
export interface MixerTrust {
  /** Adapted modules by name. */
  readonly modules: readonly string[]
  /** Of every module, in the order of the classes; null where there is no sample of one. */
  readonly perClass: readonly (readonly (number | null)[])[]
  readonly classCounts: readonly number[]
}

export interface Score {
  readonly correct: number
  readonly count: number
}

export interface PassOptions extends WorkOptions, SampleChoice {}

export interface FeatureOptions extends PassOptions {
  /** What kind of adapter it is. @default the trainer's */
  readonly adapterSpec?: AdapterSpec | MixtureSpec | undefined
}
