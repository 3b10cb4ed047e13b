import type { Score } from '../../training/index.ts'
import type { CandidateReport } from '../serving/candidate-report.ts'
import type { ServedNow } from '../serving/served-now.ts'
import { standsIn, type Served, type Serving } from '../serving/served-model.ts'
import { accuracyOf } from '../scores/score-sums.ts'

interface Accuracy extends Score {
  /** 0 to 1. */
  readonly accuracy: number
}

/** What a site serves. */
export interface ServedReport extends Pick<Served, 'kind' | 'digest' | 'by' | 'reason'> {
  /** ISO time at which it took the place of another. */
  readonly since: string
  /** Name of the person, where one was given. */
  readonly who: string | null
  /** On the held-out samples when it was chosen; null where it was not judged. */
  readonly heldOut: Accuracy | null
  readonly follows: Serving['follows']
  /** A merge in place of the own model that is followed, as that got fewer right. */
  readonly standsIn: boolean
  /** Null while there is no merge. */
  readonly isNewestMerge: boolean | null
}

/** The newer model that was judged last, and what became of it. */
export interface CandidateVerdict extends Pick<
  CandidateReport,
  'kind' | 'digest' | 'adopted' | 'reason' | 'tasks'
> {
  /** ISO time. */
  readonly at: string
  /** On the same held-out samples; `perTask` in the order of `tasks`. */
  readonly models: readonly (Accuracy &
    Pick<CandidateReport['models'][number], 'model' | 'digest' | 'perTask'>)[]
}

export interface ServingStatus {
  /** Null while nothing is served. */
  readonly served: ServedReport | null
  /** Null before the first. */
  readonly candidate: CandidateVerdict | null
}

export const NOTHING_SERVED: ServingStatus = { served: null, candidate: null }

/** @param merge - digest of the newest merge; undefined while there is none */
export function reportServing(
  { serving, candidate }: Pick<ServedNow, 'serving' | 'candidate'>,
  merge: string | undefined,
): ServingStatus {
  return {
    served: serving === undefined ? null : servedReport(serving, merge),
    candidate: candidate === undefined ? null : verdictOf(candidate),
  }
}

function servedReport({ current, follows }: Serving, merge: string | undefined): ServedReport {
  const { kind, digest, by, reason, who = null, since, heldOut } = current
  return {
    kind,
    digest,
    since: new Date(since).toISOString(),
    by,
    who,
    reason,
    heldOut: heldOut && { ...heldOut, accuracy: accuracyOf(heldOut) },
    follows,
    standsIn: standsIn({ kind, follows }),
    isNewestMerge: merge === undefined ? null : digest === merge,
  }
}

function verdictOf({ kind, digest, adopted, reason, tasks, at, models }: CandidateReport): CandidateVerdict {
  const scores = models.map(({ model, digest: name, correct, count, perTask }) => {
    return { model, digest: name, correct, count, accuracy: accuracyOf({ correct, count }), perTask }
  })
  return { kind, digest, adopted, reason, tasks, at: new Date(at).toISOString(), models: scores }
}
