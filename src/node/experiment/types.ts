import type { RightSamples } from './right-samples.ts'
import type { SplitName } from './split.ts'

/** What one run is: a method on one split of the data, with everything that is drawn at random from one seed. */
export interface RunKey {
  readonly method: string
  readonly split: SplitName
  readonly seed: number
}

/** A run of the plan; `id` changes with everything that its numbers depend on. */
export interface PlannedRun extends RunKey {
  readonly id: string
}

/** At the end, on held-out samples like each site's own: of the one model, or where every site has one, of that site's. */
export interface HomeScores {
  /** Share that is right. */
  readonly home?: readonly number[]
  /** Of two classes: mean of both classes' shares that are right. */
  readonly balanced?: readonly number[]
  /** Of two classes: area under the ROC curve. */
  readonly auc?: readonly number[]
}

export const HOME_MEASURES = ['home', 'balanced', 'auc'] as const
export type HomeMeasure = (typeof HOME_MEASURES)[number]

/** Accuracies of one model that grows task by task, between 0 and 1. */
export interface Trajectory extends HomeScores {
  /** Accuracy on all classes seen so far, after every round that was scored. */
  readonly rounds: readonly number[]
  /** After task t the accuracies on tasks 0 … t; one row a task, or for what is scored at the end alone only the last. */
  readonly tasks: readonly (readonly number[])[]
  /** Of one model: which held-out samples it was right on after the last task, in their order; not where each seed holds out others. */
  readonly right?: RightSamples
}

/** How the output layer came about: by the method's own rule, or of summed statistics: as linear discriminant, by ridge regression, by that on random features of the features, or as every site's own discriminant, with its class means alone or with its class shares as well. */
export const HEADS = ['own', 'analytic', 'means', 'site', 'ridge', 'lifted'] as const
export type Head = (typeof HEADS)[number]

/** Bytes that one site has sent in a run, mean over sites. */
export interface BytesPerSite {
  /** Payload and header of everything but lifted statistics. */
  readonly total: number
  /** Adapter contributions alone, of one round. */
  readonly round: number
  /** Factors and Grams of that. */
  readonly adapter: number
  /** Statistics for the analytic head, of the whole run. */
  readonly statistics: number
  /** The same for the lifted head. */
  readonly lifted: number
}

/** Wall time of a run in milliseconds, of all sites together. */
export interface RunTimes {
  readonly train: number
  /** Grams and classifier statistics. */
  readonly measure: number
  /** Checking the contributions of rounds and merging them, once: as much as each peer spends. */
  readonly merge: number
  /** Checking classifier statistics and solving for classifiers, once. Records from before it was told apart have it in `merge`. */
  readonly solve: number
  readonly evaluate: number
  /** All that the lifted head takes: features, statistics, solving, scoring. */
  readonly lifted: number
  readonly wall: number
}

export interface RunOutcome {
  readonly heads: Partial<Record<Head, Trajectory>>
  /** Local only: the final accuracy of every site's own model. */
  readonly perSite?: readonly number[]
  /** FedSelect: the share of the entries that can be personal which are so in the last training, mean over sites. */
  readonly personal?: number
  readonly bytes: BytesPerSite
  readonly ms: RunTimes
}

/** A finished run, one JSON line in the records. */
export interface RunRecord extends PlannedRun, RunOutcome {
  readonly v: 1
}
