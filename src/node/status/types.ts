import type { TrainProgress } from '../../training/index.ts'
import type { PolicyReport } from '../policy/policy-report.ts'
import type { SiteMemory } from '../memory/site-memory.ts'
import type { RequestReport } from '../membership/types.ts'
import type { ScoreReport } from '../scores/types.ts'
import type { MergeSummary, StoreStatistics } from '../types.ts'
import type { AgreementState } from './agreement.ts'
import type { HelpStatus } from './help-status.ts'
import type { RoundReport } from './round-report.ts'
import type { ServingStatus } from './served-report.ts'

/** What a node is doing, and what it waits for; `text` is for people. */
export interface NodeActivity {
  readonly kind: 'starting' | 'training' | 'measuring' | 'merging' | 'waiting' | 'idle' | 'stopped' | 'failed'
  readonly text: string
  /** Names of the members that hold this node up. */
  readonly waitingFor: readonly string[]
}

/** How a member is reached at the moment. */
export interface MemberConnection {
  /** Straight to it, or through another member. */
  readonly path: 'direct' | 'relayed'
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  /** Round trip as last measured; null before. */
  readonly rttMs: number | null
}

/** What a member said of itself in its newest receipt, compared with this node. Of this node itself it always agrees. */
export interface MemberAgreement {
  readonly state: AgreementState
  /** When its receipt came, as an ISO time; null if none has since this node started. */
  readonly heardAt: string | null
  /** Whether that was lately enough to say so of now. */
  readonly isCurrent: boolean
  /** Digest of its merge. */
  readonly merge: string | null
  /** What this node has and it lacks: authors and sequence numbers. */
  readonly lacks: readonly {
    readonly peer: string
    readonly name: string
    readonly numbers: readonly number[]
  }[]
  /** What it has and this node lacks: of these authors numbers up to `upTo`, while here the newest is `here`, 0 for none. */
  readonly hereLacks: readonly {
    readonly peer: string
    readonly name: string
    readonly upTo: number
    readonly here: number
  }[]
}

export interface MemberStatus {
  readonly id: string
  readonly name: string
  readonly self: boolean
  /** `removed`: no member any more, but contributions of its still count. */
  readonly standing: 'member' | 'removed'
  /** False for one that says it only listens: it publishes nothing, and nobody waits for it. */
  readonly contributes: boolean
  readonly connected: boolean
  readonly connection: MemberConnection | null
  /** When it was last connected or a receipt of it came, as an ISO time, kept over restarts; null for never. */
  readonly lastSeen: string | null
  /** Admitted contributions of this member, and the highest generation among its adapters (0 for none). */
  readonly adapters: number
  readonly statistics: number
  readonly generation: number
  /** The admitted one with the highest number, and when this node first received it, as an ISO time (null: not known). */
  readonly newest: { readonly sequence: number; readonly receivedAt: string | null } | null
  /** How many of them count in this node's merge: newer ones supersede older ones. */
  readonly included: number
  readonly agreement: MemberAgreement
}

/**
 * Who holds this node's merge, of how many members, and what is the matter with the others. Never ok on a part without naming it. Members
 * that only listen are named in the text and not counted, unless they contradict.
 */
export interface AgreementSummary {
  /** Names of the members that hold this node's merge, itself among them; empty while it has none. */
  readonly holding: readonly string[]
  /** Names of the others. */
  readonly others: readonly string[]
  readonly of: number
  readonly text: string
}

/** A change that members are voting on. */
export interface PendingVote {
  /** In words, with names: `remove press`. */
  readonly text: string
  /** Names of those who have voted for it. */
  readonly votes: readonly string[]
  readonly needed: number
}

/** What this node has of the signed statements that say who is a member; nodes with the same head hold the same. */
export interface LedgerSummary {
  readonly head: string
  readonly statements: number
  /** Digest of the charter in force. */
  readonly charter: string
}

export interface NodeStatus extends ServingStatus {
  /** When this was so, as an ISO time; ages are counted from here. */
  readonly at: string
  readonly peer: string
  readonly name: string
  readonly consortium: string
  readonly charterName: string
  /** Digest of the charter that this node goes by; another than `ledger.charter` while it changes over, or cannot. */
  readonly charter: string
  readonly addresses: readonly string[]
  readonly activity: NodeActivity
  /** All own contributions are published and nothing is left to measure. */
  readonly done: boolean
  readonly progress: TrainProgress | null
  readonly members: readonly MemberStatus[]
  readonly merge: MergeSummary | null
  readonly agreement: AgreementSummary
  /** The round under way of the staged schedule; null under others, and where the node does not run. */
  readonly round: RoundReport | null
  /** What the site's institution allows, and what waits for a person's word. */
  readonly policy: PolicyReport
  /** How the model in use does on held-out samples, task by task. */
  readonly scores: ScoreReport
  /** Which sites helped or hurt this one when `who-helps` was last asked; null where it never was. */
  readonly help: HelpStatus | null
  readonly votes: readonly PendingVote[]
  /** Null where the node does not run. */
  readonly ledger: LedgerSummary | null
  /** Sites that ask this one to be let in. */
  readonly requests: readonly RequestReport[]
  readonly store: StoreStatistics
  readonly own: { readonly adapters: number; readonly statistics: number; readonly target: number }
  readonly bytes: { readonly sent: number; readonly received: number }
  /** About how much memory node and training take at most; null before it is known. */
  readonly memory: SiteMemory | null
  /** Last refusals and failures, newest last. */
  readonly problems: readonly { readonly at: string; readonly code: string; readonly message: string }[]
}
