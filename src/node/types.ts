import type {
  Action,
  Bandwidth,
  ContributionState,
  Envelope,
  GossipStore,
  TaskScore,
} from '../gossip/index.ts'
import type { ClassifierSource, ContributionHeader, ContributionKind, MergeResult } from '../merge/index.ts'
import type { TrainProgress } from '../training/index.ts'
import type { Logger } from './logger.ts'
import type { Reachable } from './site-reach.ts'
import type { RequestReport } from './membership/types.ts'
import type { ModelComparison } from './personal/compare-models.ts'
import type { AgreementState } from './status/agreement.ts'
import type { AgendaReport } from './status/agenda-text.ts'
import type { ScoreReport } from './scores/types.ts'
import type { RoundReport } from './status/round-report.ts'

/** A contribution as the store knows it: decoded header, life, and why it was rejected or is held. */
export interface StoredContribution {
  readonly id: string
  readonly header: ContributionHeader
  readonly state: ContributionState
  readonly reason: string | null
  /** When this node first had its header, in milliseconds since 1970; absent where an earlier version wrote the record. */
  readonly receivedAt?: number | undefined
  /** Another member has said to hold the whole payload. */
  readonly acknowledged?: boolean | undefined
}

/** How much the store holds. */
export interface StoreStatistics {
  readonly admitted: number
  readonly fetching: number
  readonly rejected: number
  /** Superseded, only the envelope is kept. */
  readonly pruned: number
  readonly blocks: number
  readonly blockBytes: number
}

/** The durable store of one node. Every resolved promise of a writing method means on disk. */
export interface NodeStore extends GossipStore {
  get(id: string): StoredContribution | undefined
  /** All contributions in any of these states, by ascending id. */
  list(...states: readonly ContributionState[]): readonly StoredContribution[]
  /** Keeps the verdict on a contribution; `fetching` with a reason is a hold. Chunks that nothing needs any more are removed. */
  setVerdict(id: string, state: ContributionState, reason: string | null): Promise<void>
  /** Keeps an own contribution, already complete, as admitted. Its chunks must be in the store. */
  putOwn(id: string, envelope: Uint8Array): Promise<void>
  /** 1 + the highest sequence number of `peer` seen in any header. */
  nextSequence(peer: string): number
  /** Paths of chunk files by digest. */
  pathsOf(digests: readonly string[]): readonly string[]
  /** A chunk failed its digest: it is dropped, and all who need it go back to `fetching`. Returns their ids. */
  dropChunk(digest: string): Promise<readonly string[]>
  /** Another member holds the whole payload. */
  acknowledge(id: string): Promise<void>
  /** Bytes of a payload that are not here. */
  missingBytes(id: string): number
  /** Removes what is here of a payload that is not complete. */
  dropPartial(id: string): Promise<void>
  statistics(): StoreStatistics
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

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

/** Who holds this node's merge, of how many members, and what is the matter with the others. Never ok on a part without naming it. */
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

/** A merge without its tensors. */
export interface MergeSummary {
  readonly digest: string
  readonly cutDigest: string
  readonly adapter: string
  readonly classifier: string
  /** Where the classifier came from: class counts, or statistics of how many samples under which anchor. */
  readonly classifierSource: ClassifierSource
  readonly generation: number
  /** Ids of the contributions that count. */
  readonly cut: readonly string[]
  /** How many were there to choose from, those superseded since included. */
  readonly known: number
  /** Left out because their peer signed two contributions under one sequence number. */
  readonly equivocating: readonly string[]
  /** Peer ids behind the cut, ascending. */
  readonly contributors: readonly string[]
}

export interface NodeStatus {
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
  /** How the model in use does on held-out samples, task by task. */
  readonly scores: ScoreReport
  readonly votes: readonly PendingVote[]
  /** Null where the node does not run. */
  readonly ledger: LedgerSummary | null
  /** Sites that ask this one to be let in. */
  readonly requests: readonly RequestReport[]
  readonly store: StoreStatistics
  readonly own: { readonly adapters: number; readonly statistics: number; readonly target: number }
  readonly bytes: { readonly sent: number; readonly received: number }
  /** Last refusals and failures, newest last. */
  readonly problems: readonly { readonly at: string; readonly code: string; readonly message: string }[]
}

/** Everything that a node tells; one JSON object a line on the control port. */
export type NodeEvent =
  | { readonly type: 'activity'; readonly activity: NodeActivity }
  | { readonly type: 'progress'; readonly progress: TrainProgress }
  | ({ readonly type: 'published' } & ContributionNotice)
  | ({ readonly type: 'admitted' } & ContributionNotice)
  | ({ readonly type: 'rejected'; readonly reason: string } & ContributionNotice)
  | ({ readonly type: 'merged' } & MergeSummary)
  /** Bytes of an own payload have gone to a member, since the last such event of the two. */
  | {
      readonly type: 'served'
      readonly id: string
      readonly peer: string
      readonly name: string
      readonly chunks: number
      readonly bytes: number
    }
  /** A member says that it has the whole payload of an own contribution, from whomever it got it. */
  | { readonly type: 'holder'; readonly id: string; readonly peer: string; readonly name: string }
  /** What the publishing gate has kept at home (`refused`), or let out all the same as the settings want (`forced`). */
  | {
      readonly type: 'publish-gate'
      readonly outcome: 'refused' | 'forced'
      readonly reason: string
      readonly text: string
    }
  /** A merge has been scored on this site's held-out samples; `task` is an id, null for the classes of the charter. */
  | {
      readonly type: 'scored'
      readonly merge: string
      readonly tasks: readonly { readonly task: string | null; readonly correct: number; readonly count: number }[] // prettier-ignore
    }
  /** What this site's receipts tell all members of its held-out samples is something else; `task` is a tag. */
  | { readonly type: 'scores-shared'; readonly merge: string; readonly tasks: readonly TaskScore[] }
  /** This site has trained its own model beside those of `others`, names: how many held-out samples it and the merge get right. */
  | ({ readonly type: 'personal'; readonly others: readonly string[] } & ModelComparison)
  /** A newer model has been compared with what the site serves, and has taken its place or not. */
  | {
      readonly type: 'candidate'
      readonly kind: 'merged' | 'personal'
      readonly digest: string
      readonly adopted: boolean
      readonly reason: string
    }
  | { readonly type: 'peer'; readonly peer: string; readonly name: string; readonly connected: boolean }
  | PathChanged
  | ({ readonly type: 'agreement'; readonly merge: string | null } & AgreementSummary)
  /** A site asks to be let in; a member answers with `accept` or `refuse`. */
  | ({ readonly type: 'join-request' } & RequestReport)
  /** Something of `name` was refused, and why; a whole contribution is told as `rejected`. */
  | { readonly type: 'refused'; readonly peer: string; readonly name: string; readonly reason: string }
  /** A member has signed two contributions under one sequence number; both are left out. */
  | {
      readonly type: 'equivocation'
      readonly peer: string
      readonly name: string
      readonly ids: readonly string[]
    }
  /** A signed statement has come into the ledger; `action` is what it does, `text` says it with names, `name` is its author's. */
  | {
      readonly type: 'statement'
      readonly id: string
      readonly author: string
      readonly name: string
      readonly action: Action['type']
      readonly text: string
    }
  /** Who is a member has changed. */
  | {
      readonly type: 'member'
      readonly peer: string
      readonly name: string
      readonly change: 'joined' | 'removed'
    }
  /** A task of new classes is open; `classes` counts them, `openedBy` is a name. */
  | {
      readonly type: 'task'
      readonly id: string
      readonly name: string
      readonly classes: number
      readonly openedBy: string
    }
  /** This node goes by another charter now, which the members have agreed on; digests. */
  | { readonly type: 'charter'; readonly charter: string; readonly before: string }
  /** Tasks have been opened, and this node goes by them now; all names, in the order of their opening. */
  | { readonly type: 'tasks'; readonly tasks: readonly string[] }
  /** A round of the staged schedule is decided: how many contributions it merges, and what the next one is about. */
  | {
      readonly type: 'round'
      readonly round: number
      readonly contributions: number
      /** Names of those that vote on the next one. */
      readonly voters: readonly string[]
      readonly next: AgendaReport
      /** Of the cut. */
      readonly digest: string
    }
  /** Own sequence numbers are left out, as members that have not spoken may have seen them. */
  | {
      readonly type: 'numbers-skipped'
      readonly from: number
      readonly to: number
      readonly silent: readonly string[]
    }
  /** A payload does not fit: `quotaBytes` is what payloads may take together, by the settings or by what the disk has free. */
  | { readonly type: 'quota'; readonly usedBytes: number; readonly quotaBytes: number; readonly text: string }
  | { readonly type: 'skipped'; readonly where: string; readonly reason: string }
  | { readonly type: 'problem'; readonly code: string; readonly message: string }
  | { readonly type: 'done' }
  | { readonly type: 'stopped' }

/** A member is reached in another way than before; `before` is null where it was not connected. */
export interface PathChanged {
  readonly type: 'path'
  readonly peer: string
  readonly name: string
  readonly path: MemberConnection['path']
  readonly before: MemberConnection['path'] | null
  readonly address: string
}

export interface ContributionNotice {
  readonly id: string
  readonly peer: string
  readonly name: string
  readonly sequence: number
  readonly generation: number
  readonly kind: ContributionKind
  readonly count: number
  /** Payload size. */
  readonly bytes: number
}

/** A port for a Prometheus server; without a token file only on loopback. */
export interface MetricsSettings {
  /** `host:port`. */
  readonly listen: string
  /** File with the bearer token that is asked for. */
  readonly tokenFile?: string | undefined
}

/** How a node is made; everything else is in its home. */
export interface NodeInit {
  /** Directory of the site, made by `create` or `join`. */
  readonly home: string
  /** Addresses to dial besides those of the settings. */
  readonly peers?: readonly string[]
  /** Multiaddrs told to others instead of those of the settings. */
  readonly announce?: readonly string[]
  /** Whether others can dial this site, in place of what the settings say. @default what the settings say */
  readonly reachable?: Reachable
  /** Whether it relays for members that cannot be dialled. @default what the settings say */
  readonly relay?: boolean
  /** File with a state that training starts from until there is a merge. @default the charter's start */
  readonly state?: string | undefined
  /** Publishes also what serves this site's held-out samples worse than what it was trained from, and warns. @default what the settings say */
  readonly forcePublish?: boolean | undefined
  /** Limits on payloads in place of those of the settings. @default those of the settings */
  readonly bandwidth?: Bandwidth | undefined
  /** Most threads that a merge may use. @default one less than the processor's cores, 1 to 4 */
  readonly mergeThreads?: number | undefined
  /** @default nothing is logged */
  readonly logger?: Logger
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number
  /** Where a Prometheus server may read, instead of what the settings say. @default what the settings say */
  readonly metrics?: MetricsSettings | undefined
  /** Where a backbone that has to be fetched says how far it is. @default nowhere */
  readonly progress?: NodeJS.WriteStream
}

/** One running site. `start` and `stop` may be called twice. */
export interface PeermergeNode {
  readonly peer: string
  readonly home: string
  /** @throws InvalidFileError, PeermergeError - settings, backbone, data or state do not fit the charter in force, which only the ledger says */
  start(): Promise<void>
  /** Ends training, network and workers; resolves when all have ended. */
  stop(): Promise<void>
  status(): NodeStatus
  /** Returns the function that unsubscribes. */
  subscribe(listener: (event: NodeEvent) => void): () => void
  /** The newest merge, with tensors; undefined before the first admitted contribution. */
  merged(): MergeResult | undefined
  /**
   * Resolves when the node has been stopped, by whomever. @throws PeermergeError ERR_REMOVED - it stopped as this site is no
   * member any more, and says who removed it
   */
  whenStopped(): Promise<void>
  /** Resolves when `done` holds. */
  whenDone(options: { readonly signal: AbortSignal }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type { ContributionState, Envelope }
