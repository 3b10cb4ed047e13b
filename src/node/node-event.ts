import type { Action, TaskScore } from '../gossip/index.ts'
import type { ContributionKind } from '../merge/index.ts'
import type { TrainProgress } from '../training/index.ts'
import type { RequestReport } from './membership/types.ts'
import type { ModelComparison, Renewal } from './personal/compare-models.ts'
import type { CandidateReport } from './serving/candidate-report.ts'
import type { ServedKind } from './serving/served-model.ts'
import type { AgendaReport } from './status/agenda-text.ts'
import type { AgreementSummary, MemberConnection, NodeActivity } from './status/types.ts'
import type { MergeSummary } from './types.ts'

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
  /**
   * This site has trained its own model beside those of `others`, names: how many held-out samples it and the merge get right. `renewal`: it was
   * not to be contributed, but went on beside what others have published since, and was taken or not; else null.
   */
  | ({
      readonly type: 'personal'
      readonly others: readonly string[]
      readonly renewal: Renewal | null
      /** Which of the two is offered to be served: the merge where own class means get fewer right. */
      readonly offered: 'personal' | 'merged' | null
    } & ModelComparison)
  /** A newer model has been compared with what the site serves, and has taken its place or not. */
  | ({ readonly type: 'candidate' } & Omit<CandidateReport, 'v' | 'at'>)
  /** A person has put a model in the place of what the site served; `who` as they said, or null. */
  | {
      readonly type: 'chosen'
      readonly kind: ServedKind
      readonly digest: string
      readonly who: string | null
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
  /** What has become of an own contribution that needs a person's word; `by` is null where nobody has decided. */
  | {
      readonly type: 'outbox'
      readonly state: 'held' | 'released' | 'refused' | 'lapsed'
      readonly id: string
      readonly kind: ContributionKind
      readonly sequence: number
      readonly samples: number
      readonly bytes: number
      readonly by: string | null
      readonly reason: string
    }
  /** The site's policy file says something else; digests, null for none. `problem` says why it cannot be used: then nothing leaves. */
  | {
      readonly type: 'policy'
      readonly policy: string | null
      readonly before: string | null
      readonly problem: string | null
    }
  /** A quiet hour has begun or ended; `until` is an ISO time, null where it has ended. */
  | { readonly type: 'quiet'; readonly what: 'training' | 'sharing'; readonly until: string | null }
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
