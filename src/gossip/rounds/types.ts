import type { Accepted, Ballot } from './synod.ts'

/** A member that votes, and which memory of its it votes with: one that may have forgotten gets a new incarnation and waits for a cut that names it. */
export interface Acceptor {
  readonly peer: string
  /** 16 hexadecimal digits; zeros for a home that has been there from the start. */
  readonly incarnation: string
}

/** Of a home that has never been set back. */
export const FIRST_INCARNATION = '0'.repeat(16)

/** What a round decides. Whoever is to vote, and the charter, change here and nowhere else. */
export interface Cut {
  readonly consortium: string
  /** From 0. */
  readonly round: number
  /** Digest of the cut of the round before; null in round 0. */
  readonly previous: string | null
  /** Ids of the contributions that the round merges, ascending. */
  readonly contributions: readonly string[]
  /** Digest of the charter of the next round. */
  readonly charter: string
  /** Who votes in the next round, ascending by peer. */
  readonly acceptors: readonly Acceptor[]
  /** What the next round is about: 1 to 128 printable ASCII characters of the layer above, opaque here. */
  readonly agenda: string
}

/** One thing that a member says in a round. */
export type Word =
  /** Its memory is this one, and no cut names it yet. */
  | { readonly type: 'present' }
  /** Nothing comes from it in this round; a contribution that is there all the same counts. */
  | { readonly type: 'pass' }
  | { readonly type: 'prepare'; readonly ballot: Ballot }
  | { readonly type: 'promise'; readonly ballot: Ballot; readonly accepted: Accepted | null }
  /** Encoded cut. */
  | { readonly type: 'propose'; readonly ballot: Ballot; readonly cut: Uint8Array }
  /** Digest of the cut. */
  | { readonly type: 'vote'; readonly ballot: Ballot; readonly cut: string }

/** What is signed, as canonical dag-cbor under the domain `peermerge/round/1`. */
export interface RoundMessage {
  readonly consortium: string
  readonly round: number
  readonly previous: string | null
  readonly author: string
  readonly incarnation: string
  readonly word: Word
}

/** A message whose bytes, limits and signature hold. */
export interface OpenedMessage {
  readonly message: RoundMessage
  /** Encoded, with its signature: what travels. */
  readonly bytes: Uint8Array
}

/** A round that is over. */
export interface DecidedRound {
  readonly cut: Cut
  /** Of the cut. */
  readonly digest: string
}

/** What the rounds of a consortium begin with; the same at every member. */
export interface RoundFounding {
  readonly consortium: string
  /** Who votes in round 0. */
  readonly founders: readonly string[]
  /** Digest of the founding charter. */
  readonly charter: string
  /** What round 0 is about. */
  readonly agenda: string
}

/** Where a round stands before anybody has said anything in it. */
export interface RoundStart {
  readonly round: number
  readonly previous: string | null
  readonly charter: string
  readonly acceptors: readonly Acceptor[]
  /** What it is about, as the cut before has decided. */
  readonly agenda: string
}
