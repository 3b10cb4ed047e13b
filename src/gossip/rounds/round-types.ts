import type { Identity } from '../identity.ts'
import type { Clock } from '../wire/clock.ts'
import type { RoundStatus } from './round-status.ts'
import type { AcceptorMemory } from './synod.ts'
import type { Cut, DecidedRound, OpenedMessage, RoundFounding, RoundStart } from './types.ts'

/** What an acceptor must not forget of one round. */
export interface KeptMemory {
  readonly round: number
  readonly memory: AcceptorMemory
  /** The bytes of what it has voted for last: if all who have voted restart at once, nobody else has them. */
  readonly cut: Uint8Array | null
}

/** What must survive a crash. Each call resolves when it is on disk, and rejects if it may not be. */
export interface RoundStore {
  /** Which memory this is: FIRST_INCARNATION, or another once it may have forgotten. */
  incarnation(): Promise<string>
  /** The memory has been set back: it gets a new incarnation, 16 hexadecimal digits by chance. */
  renew(): Promise<string>
  /** Of the newest round that has one. */
  newest(): Promise<{ readonly round: number; readonly bytes: Uint8Array } | null>
  certificate(round: number): Promise<Uint8Array | null>
  addCertificate(round: number, bytes: Uint8Array): Promise<void>
  /** Of the round in which something was last said. */
  memory(): Promise<KeptMemory | null>
  saveMemory(kept: KeptMemory): Promise<void>
}

/** What the rounds need to know of the node. */
export interface RoundSource {
  /** Contributions of this round that are here whole, by author; of two of one author the smaller id. */
  held(round: number): ReadonlyMap<string, string>
  isHeld(id: string): boolean
  /** What should follow this round, in 1 to 128 printable ASCII characters; null while nothing is to follow: then this node only answers others. */
  agenda(start: RoundStart): string | null
  /** Whether this node itself has nothing to contribute to this round, so that nobody waits for it. */
  hasNothing(start: RoundStart): boolean
  /** Members and charter in force here; they take effect with a cut. */
  members(): readonly string[]
  charter(): string
}

/** How long a round waits before a later ballot: doubles from the first to the second, in milliseconds. */
interface BallotWaits {
  /** @default BALLOT_MIN_MS and BALLOT_MAX_MS */
  readonly ballotMs?: { readonly min: number; readonly max: number }
}

export interface RoundEngineInit extends RoundFounding, BallotWaits {
  readonly identity: Identity
  readonly store: RoundStore
  readonly source: RoundSource
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly signal: AbortSignal
  /** Whether it is worth waiting for this member. */
  isConnected(peer: string): boolean
  /** Sends an own word to everybody; whatever is lost is asked for again. */
  send(message: OpenedMessage): void
  /** In order, each round once; it is on disk. */
  onDecided(cut: Cut, digest: string): void
  /** Two words of one author that no honest node says both. */
  onContradiction(first: OpenedMessage, second: OpenedMessage): void
  /** A peer has shown own words that are not on this disk: it has been set back, and votes again once a cut names its new memory. */
  onForgotten(incarnation: string): void
  /** Its words cannot be kept: it says nothing until they can. */
  onFailure(error: unknown): void
}

/** What the node hands to its network to take part in rounds. */
export interface RoundsInit extends Omit<RoundFounding, 'consortium'>, BallotWaits {
  readonly store: RoundStore
  readonly source: RoundSource
}

/** The rounds as the node sees them. Getters and `status` throw ERR_NOT_STARTED before the network has started. */
export interface NetworkRounds {
  readonly hasStarted: boolean
  /** The round that is not decided yet. */
  readonly start: RoundStart
  /** Whether this node votes in it. */
  readonly isAcceptor: boolean
  /** To be called when what the source says is something else: contributions, members, charter, agenda. Never rejects. */
  review(): Promise<void>
  status(): RoundStatus
  /** What a round before has decided; null where it is not over here. */
  decided(round: number): Promise<DecidedRound | null>
}

/** What has become of bytes that a peer brought. */
export type Taken = 'news' | 'known' | 'past' | 'ahead' | 'ignored'
