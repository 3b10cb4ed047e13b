import type { ContributionDraft } from '../assemble-contribution.ts'
import type { MergeSummary } from '../types.ts'
import type { Decision } from './schedule.ts'
import type { Work } from './schedule-loop.ts'

/** A schedule of a running site: what to do next, and doing it. */
export interface WorkSource {
  decide(): Decision
  /** Null where nothing comes of it that is published. */
  perform(work: Work): Promise<ContributionDraft | null>
  /** Of work that has failed: whether it must not be tried again on the same facts. */
  gaveUp(work: Work, error: unknown): void
  /** What was made is kept. */
  published(): void
  /** Another policy is in force: what was given up on may be let out now. A round keeps what it was told; the next one asks again. */
  policyChanged?(): void
  merged(summary: Pick<MergeSummary, 'adapter'>): void
}
