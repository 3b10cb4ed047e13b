import type { OpenedStatement } from '../gossip/index.ts'
import type { MergeResult, MergeSpec, RemovalReceipt, RestForm, RestOfWorld } from '../merge/index.ts'
import type { RefusedFile, UncountedFile } from './admit-file.ts'
import type { ConsortiumRules } from './consortium-rules.ts'
import type { ContributionFile } from './contribution-file.ts'
import type { MergeSummary } from './types.ts'
import type { SpecChange } from './what-if-spec.ts'

export interface OfflineMerge {
  readonly result: MergeResult
  /** What was merged by; another than the charter's in a what-if merge, whose digest is then none of the consortium's. */
  readonly spec: MergeSpec
  readonly isWhatIf: boolean
  readonly summary: MergeSummary
  /** File of every contribution that was there to choose from; one given twice counts once. */
  readonly files: readonly { readonly file: string; readonly id: string }[]
  readonly refused: readonly RefusedFile[]
  /** Sound files that count for nothing, as the ledger says. */
  readonly uncounted: readonly UncountedFile[]
  /** Charter in force, and who and what counts. */
  readonly rules: ConsortiumRules
  /** Everybody's adapter but one peer's, where that was asked for. */
  readonly rest: RestOfWorld | undefined
  /** All that was there to choose from. */
  readonly contributions: readonly ContributionFile[]
  /** Where `receipt` was asked for: what the merge is without the peers that were left out, and with them. */
  readonly receipt: RemovalReceipt | undefined
}

export interface OfflineMergeOptions {
  readonly signal?: AbortSignal
  /** Signed statements of the consortium: who joined, left, was removed, withdrew, and what became of the charter. @default none */
  readonly statements?: readonly OpenedStatement[] | undefined
  /** Certificates of all decided rounds of the staged schedule, from round 0 on; needed under it. @default none are known */
  readonly rounds?: readonly Uint8Array[] | undefined
  /** Merge otherwise than the charter says. */
  readonly change?: SpecChange
  /** Sum up all but this peer, too. */
  readonly rest?: { readonly peer: string; readonly form: RestForm } | undefined
  /** Leave out every contribution of these peers: ids, or beginnings of ids that are no other's. */
  readonly without?: readonly string[] | undefined
  /** Merge all, too, and write down what was removed. */
  readonly receipt?: boolean | undefined
}
