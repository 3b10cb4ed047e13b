import type { TrainProgress } from '../training/index.ts'
import type { EventHub } from './event-hub.ts'
import type { FittedSite } from './fit-site.ts'
import type { Logger } from './logger.ts'
import type { PolicyDesk } from './policy/policy-desk.ts'
import type { Problems } from './problems.ts'
import type { Decision } from './schedule/schedule.ts'

export interface RunningSiteInit {
  readonly site: FittedSite
  readonly hub: EventHub
  readonly problems: Problems
  readonly logger: Logger
  readonly policy: PolicyDesk
  /** Milliseconds since 1970, for the outbox. */
  readonly wallNow: () => number
  readonly now: () => number
  /** Ends training, merging and publishing. */
  readonly signal: AbortSignal
  /** Sequence numbers go on here, as an earlier run of this process has found out. @default members are asked */
  readonly numbersFrom?: number | undefined
  onDecision(decision: Decision): void
  onProgress(progress: TrainProgress): void
  /** A merge has been computed, after so many milliseconds. */
  readonly onMergeTook: (ms: number) => void
}
