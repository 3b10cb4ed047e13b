/**
 * The ledger of a consortium: a grow-only set of signed statements that every member keeps whole. What it says of members, charters and
 * withdrawals is a pure function of that set (fold-ledger.ts), so peers that hold the same statements agree, whatever came first.
 */

/** What a statement does. Peers are Ed25519 peer ids; digests are sha2-256, hexadecimal. */
export type Action =
  | AddAction
  | RemoveAction
  | ReplaceAction
  | AmendAction
  | WithdrawAction
  | EquivocationAction
  | TaskAction
  | PartAction

/** One member is enough. The signed `request` shows that the newcomer asked for it; a ticket counts at most its `uses`. */
export interface AddAction {
  readonly type: 'add'
  readonly peer: string
  readonly name: string
  /** Encoded ticket that the newcomer showed; null for one whom a member names by itself. */
  readonly ticket: Uint8Array | null
  /** Encoded join request, signed by the newcomer; null as above. */
  readonly request: Uint8Array | null
}

/**
 * A vote. It takes effect with more than half of all members, the one to be removed counted too, so that no two halves can remove each
 * other; signed by that member itself (leaving) at once.
 */
export interface RemoveAction {
  readonly type: 'remove'
  readonly peer: string
  /** Whether contributions up to number `upTo` still count. With several votes the greatest number, and `keep` only if all say so. */
  readonly past: 'keep' | 'exclude'
  readonly upTo: number
}

/** A vote as `remove`, with `keep`, and `next` enters under the name of `peer`. Signed by the lost key itself (a planned change) at once. */
export interface ReplaceAction {
  readonly type: 'replace'
  readonly peer: string
  readonly next: string
  readonly upTo: number
  /** Encoded join request, signed by `next`. */
  readonly request: Uint8Array
}

/** A vote for the charter after `from`; more than half of all members. */
export interface AmendAction {
  readonly type: 'amend'
  /** Digest of the charter that it follows. */
  readonly from: string
  /** Canonical bytes of the new charter; its digest is the sha2-256 of them. */
  readonly charter: Uint8Array
  /** Whether contributions made under earlier charters still count. */
  readonly carries: 'contributions' | 'nothing'
}

/** The author's contributions up to this number are withdrawn, for ever; nothing older comes back in their place. */
export interface WithdrawAction {
  readonly type: 'withdraw'
  readonly upTo: number
}

/** Two envelopes of one peer with one sequence number and different headers: proof by itself, whoever shows it. */
export interface EquivocationAction {
  readonly type: 'equivocation'
  readonly first: Uint8Array
  readonly second: Uint8Array
}

/**
 * Opens a task, and says that the author takes part in it. One member is enough. Two that open a task with the same name and classes mean
 * the same one (`taskId`), so there is nothing that they could contradict each other in.
 */
export interface TaskAction {
  readonly type: 'task'
  readonly name: string
  /** Labels, ascending by code units, each once. The same label in two tasks is the same class. */
  readonly classes: readonly string[]
  /** Those of them that the author has samples of, ascending; maybe none. Its newest statement on a task replaces its earlier ones. */
  readonly held: readonly string[]
}

/**
 * Whether the author contributes from now on, or only listens. Nobody waits for one that only listens, and it votes in no round that begins
 * after that is known; what it has contributed, and whatever it may contribute all the same, counts as anybody's.
 */
export interface PartAction {
  readonly type: 'part'
  readonly contributes: boolean
}

/** What is signed, as canonical dag-cbor under the domain `peermerge/statement/1`. */
export interface Statement {
  readonly v: 1
  readonly consortium: string
  readonly author: string
  /** Ids of the newest statements that the author knew, ascending; empty for the first. */
  readonly parents: readonly string[]
  readonly action: Action
}

/** A statement whose bytes, limits and signature hold. */
export interface OpenedStatement {
  /** sha2-256 of the statement's bytes without the signature. */
  readonly id: string
  readonly statement: Statement
  /** Encoded, with its signature: what travels and what is kept. */
  readonly bytes: Uint8Array
}

/** What all members know before the first statement. */
export interface Genesis {
  /** Digest of the founding charter. */
  readonly consortium: string
  /** Members of the founding charter. */
  readonly members: readonly { readonly id: string; readonly name: string }[]
}

export interface LedgerMember {
  readonly id: string
  readonly name: string
  /** The statement that brought it in; null for founding members. */
  readonly by: string | null
  /** Who signed that statement. */
  readonly invitedBy: string | null
  /** False for one that says it only listens. */
  readonly contributes: boolean
}

export interface FormerMember {
  readonly id: string
  readonly name: string
  readonly past: 'keep' | 'exclude'
  readonly upTo: number
  /** Who voted, ascending. */
  readonly removedBy: readonly string[]
  /** The key that took its place. */
  readonly replacedBy: string | null
}

/** A vote under way. */
export interface Proposal {
  readonly action: RemoveAction | ReplaceAction | AmendAction
  readonly votes: readonly string[]
  readonly needed: number
}

export interface LedgerTask {
  /** `taskId` of name and classes. */
  readonly id: string
  readonly name: string
  readonly classes: readonly string[]
  /** Author of the first statement that opens it. */
  readonly openedBy: string
  /** Members that take part, by peer id, ascending, with the classes that each says it holds. Who is no member any more is not among them. */
  readonly sites: ReadonlyMap<string, readonly string[]>
}

export interface LedgerState {
  /** sha2-256 over all statement ids, ascending: equal for two peers that hold the same ledger. */
  readonly head: string
  readonly statements: number
  /** By peer id, ascending. */
  readonly members: ReadonlyMap<string, LedgerMember>
  readonly former: ReadonlyMap<string, FormerMember>
  /** Digest of the charter in force. */
  readonly charter: string
  /** Digests of the charters whose contributions count, the one in force last. */
  readonly charters: readonly string[]
  /** Bytes of amended charters by digest; the founding one is not among them. */
  readonly charterBytes: ReadonlyMap<string, Uint8Array>
  /** Highest withdrawn number by peer. */
  readonly withdrawn: ReadonlyMap<string, number>
  /** Numbers under which a peer signed two contributions. */
  readonly equivocations: ReadonlyMap<string, ReadonlySet<number>>
  /** How often each ticket has been used, by its digest. */
  readonly tickets: ReadonlyMap<string, number>
  /**
   * By id, in the canonical order of their opening. A task that was opened at the same time elsewhere may still come in between; only the id
   * names one for good.
   */
  readonly tasks: ReadonlyMap<string, LedgerTask>
  readonly proposals: readonly Proposal[]
  /** Statements without effect, and why: `not-a-member`, `overruled` (concurrent with the removal of its author), `ticket-used-up`, `superseded` … */
  readonly void: ReadonlyMap<string, string>
}

/**
 * Whether a contribution counts under a ledger, from its header alone. `unknown-member` may change with the next statement; so may the others,
 * since a removal can be overruled; hence nothing is thrown away for it.
 */
export type Standing =
  'counts' | 'unknown-member' | 'removed' | 'withdrawn' | 'equivocated' | 'charter-unknown' | 'charter-ended'
