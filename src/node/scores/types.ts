import type { Score } from '../../training/index.ts'
import type { MergeScore } from './task-record.ts'

/** Accuracies from 0 to 1; forgetting is what has been lost since the end of the task, negative where something was gained. */
interface Figures extends Score {
  readonly accuracy: number
  readonly accuracyAtEnd: number
  readonly forgetting: number
}

/** Of a site's own held-out samples. */
export interface OwnTask extends Figures {
  /** Digest of the merge that this is of. */
  readonly merge: string
  readonly atEnd: MergeScore
  /** False where the samples are gone: the figures are the last that there were. */
  readonly isMeasurable: boolean
}

/** Of the held-out samples of all sites that say so. */
export interface ConsortiumTask extends Figures {
  readonly atEnd: Score
  /** How many sites are behind it. */
  readonly sites: number
}

export interface TaskReportRow {
  /** Null for the classes of the charter, as `name`. */
  readonly id: string | null
  readonly name: string | null
  /** Null where this site has never had held-out samples of it. */
  readonly own: OwnTask | null
  readonly consortium: ConsortiumTask | null
}

/** What one member says, and may say wrongly. */
export interface SiteReport {
  readonly peer: string
  readonly name: string
  readonly merge: string
  readonly tasks: readonly (Score & { readonly id: string | null; readonly atEnd: Score })[]
}

export interface ScoreReport {
  /** Digest of the merge that this site scored last; null before the first. */
  readonly merge: string | null
  /** Mean over all tasks but the last, of those that can be measured; null where there are none. */
  readonly forgetting: number | null
  readonly tasks: readonly TaskReportRow[]
  /** Null where the charter keeps scores at home. */
  readonly consortium: {
    /** Digest of the merge that the figures are of; null while nobody has said anything. */
    readonly merge: string | null
    /** How many members have scored it, of how many. */
    readonly sites: number
    readonly of: number
    readonly forgetting: number | null
    readonly reports: readonly SiteReport[]
  } | null
}

export const NO_SCORES: ScoreReport = { merge: null, forgetting: null, tasks: [], consortium: null }
