import type { AdapterSpec, Classifier, TargetModule, TensorMap } from '../../merge/index.ts'

/** Samples of one site; a seeded share of every class is held out for evaluation. */
export interface SiteData {
  /** A folder of class folders, `path/<class>/<image>`, or a table of texts: .csv, .tsv, .jsonl, .parquet. */
  readonly path: string
  /** Classes of the charter, in row order; a missing one is an absent class. */
  readonly classes: readonly string[]
  /**
   * What becomes of samples whose label is none of the classes: an error, or they are left out and counted by label, as for data that
   * hold the classes of tasks to come. @default 'refuse'
   */
  readonly unknownLabels?: 'refuse' | 'leave-out' | undefined
  /** Share of every class used for training. @default 0.7 */
  readonly trainFraction: number
  readonly splitSeed: string
  /** Samples to evaluate with, laid out as those of `path`, all of which are then trained on. @default a share of those of `path` */
  readonly heldOutPath?: string
  /** Columns of a table. @default text and label */
  readonly columns?: TableColumns
}

/** Names of the columns of a table that hold text and class. */
export interface TableColumns {
  readonly text: string
  readonly label: string
}

/**
 * The site's own adapter beside one that it is given, the others' as plain LoRA, mixed for each input (FedALT). Only the own adapter is ever
 * sent.
 */
export interface MixtureSpec {
  readonly kind: 'mixture'
  readonly own: AdapterSpec
  /** Rank of what the site is given; the sum of the others' ranks where their products are kept apart. */
  readonly restRank: number
  /** Of the mixer's start; a secret of nobody, but different at every site. */
  readonly seed: string
}

/** Everything that defines the model on which a site trains. */
export interface ModelSpec {
  /** Hugging Face directory: config.json, model.safetensors, preprocessor_config.json. */
  readonly backbone: string
  /**
   * Side of the square image in pixels (position embeddings are interpolated when it is not the backbone's own), or the most tokens
   * of a text; what is longer is cut.
   */
  readonly extent: number
  readonly adapter: AdapterSpec
  readonly modules: readonly TargetModule[]
  readonly classes: number
}

/** Trainable state under the wire names of merge (`adapter/<module>/…`) and the classifier. */
export interface ModelState {
  readonly adapter: TensorMap
  readonly classifier: Classifier
}

/** Which of a trainer's samples are used. None of them in both senses is an error (ERR_NO_SAMPLES). */
export interface SampleChoice {
  /** Sites by their place in the trainer's data. @default all */
  readonly sites?: readonly number[] | undefined
  /** Classes by their row in the charter. @default all */
  readonly classes?: readonly number[] | undefined
  /** Samples of the split by their index over all sites in order, as an experiment deals them anew. @default all */
  readonly samples?: readonly number[] | undefined
}

/** A sample that could not be used; reported, never fatal. */
export interface SkippedSample {
  /** A file, or a file and a line. */
  readonly where: string
  readonly reason: string
}

/** A label that is no class of the charter, and how many samples were left out with it. */
export interface UnknownLabel {
  readonly label: string
  readonly count: number
}

/** Samples of a site, as they were found. */
export interface SiteSummary {
  readonly path: string
  readonly train: SplitSummary
  readonly heldOut: SplitSummary
  /** The first ones by name; a warning tells of the others. */
  readonly skipped: readonly SkippedSample[]
  /** Samples left out because of their labels, in both splits; `unknownLabels` asks for that. */
  readonly unknown: readonly UnknownLabel[]
  /** What a person should look at, in words. */
  readonly warnings: readonly string[]
}

export interface SplitSummary {
  readonly count: number
  /** In the order of the classes. */
  readonly classCounts: readonly number[]
}
