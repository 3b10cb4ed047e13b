import type { ContributionDraft } from '../assemble-contribution.ts'
import type { Decision } from './schedule.ts'

export type Train = Extract<Decision, { kind: 'train' }>

/** What has become so far of the model that a site keeps to itself. */
export interface OwnProgress {
  /** Trainings that were to be contributed; of a site that only listens, those that would have been. */
  readonly trainings: number
  /** Of the last of them. */
  readonly generation: number
  /** Contributions of others that it has met: those that counted at its last training or renewal, whether that was taken or not. Ascending. */
  readonly met: readonly string[]
}

/** The model that a site keeps to itself, between its trainings. */
export interface OwnModel {
  /** Undefined before `open`, and while there is no such model. */
  readonly progress: OwnProgress | undefined
  /** Reads what there is. Never rejects: what cannot be read is named when it is trained on. */
  open(): Promise<void>
  /** Goes on beside what the others have published by now, these, and keeps whichever serves this site better. */
  renew(others: readonly string[], signal: AbortSignal): Promise<void>
}

/** How a site makes what it contributes: from what it starts, and what it keeps besides. */
export interface SiteTraining {
  /** @throws PublishRefusedError - it would serve this site worse than what it was trained from */
  train(decision: Train, signal: AbortSignal): Promise<ContributionDraft>
  /** Where the charter has sites keep one. */
  readonly own?: OwnModel
}
