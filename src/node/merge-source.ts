import type { MergeResult } from '../merge/index.ts'
import type { MergeSummary } from './types.ts'

export interface NewestMerge {
  readonly result: MergeResult
  readonly summary: MergeSummary
}

/** What a running site merges: it follows what is admitted, and what of it counts. */
export interface MergeSource {
  /** Undefined while there is nothing. */
  readonly newest: NewestMerge | undefined
  /** Whether `newest` covers all that is here. */
  readonly isCurrent: boolean
  /** Ids that the merge under way reads. */
  readonly inUse: ReadonlySet<string>
  /** What is admitted has changed, or what of it counts. */
  request(): void
  /** Resolves when no merge is under way. */
  idle(): Promise<void>
}
