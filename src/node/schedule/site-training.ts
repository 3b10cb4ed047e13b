import type { ContributionDraft } from '../assemble-contribution.ts'
import type { Decision } from './schedule.ts'

export type Train = Extract<Decision, { kind: 'train' }>

/** How a site makes what it contributes: from what it starts, and what it keeps besides. */
export interface SiteTraining {
  /** @throws PublishRefusedError - it would serve this site worse than what it was trained from */
  train(decision: Train, signal: AbortSignal): Promise<ContributionDraft>
}
