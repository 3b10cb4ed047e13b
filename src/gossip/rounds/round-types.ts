import type { Identity } from '../identity.ts'
import type { Clock } from '../wire/clock.ts'
import type { AcceptorMemory } from './synod.ts'
import type { Cut, OpenedMessage } from './types.ts'

/** What must survive a crash. Each call resolves when it is on disk, and rejects if it may not be. */
export interface RoundStore {
  /** Of the newest round that has one. */
  newest(): Promise<{ readonly round: number; readonly bytes: Uint8Array } | null>
  certificate(round: number): Promise<Uint8Array | null>
  addCertificate(round: number, bytes: Uint8Array): Promise<void>
  /** Of the round in which something was last said. */
  memory(): Promise<{ readonly round: number; readonly memory: AcceptorMemory } | null>
  saveMemory(round: number, memory: AcceptorMemory): Promise<void>
}

/** What the rounds need to know of the node. */
export interface RoundSource {
  /** Contributions of this round that are here whole, by author; of two of one author the smaller id. */
  held(round: number): ReadonlyMap<string, string>
  isHeld(id: string): boolean
  /** Members and charter in force here; they take effect with a cut. */
  members(): readonly string[]
  charter(): string
  /** Whether it is worth waiting for this member. */
  isConnected(peer: string): boolean
}

export interface RoundEngineInit {
  readonly identity: Identity
  readonly consortium: string
  /** Which memory this home votes with: FIRST_INCARNATION, or another once it may have forgotten. */
  readonly incarnation: string
  /** Who votes in round 0, and the founding charter. */
  readonly founders: readonly string[]
  readonly charter: string
  readonly store: RoundStore
  readonly source: RoundSource
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly signal: AbortSignal
  /** Sends an own word to everybody; whatever is lost is asked for again. */
  send(message: OpenedMessage): void
  /** In order, each round once; it is on disk. */
  onDecided(cut: Cut, digest: string): void
  /** Two words of one author that no honest node says both. */
  onContradiction(first: OpenedMessage, second: OpenedMessage): void
  /** Its words cannot be kept: it says nothing until they can. */
  onFailure(error: unknown): void
}

/** What has become of bytes that a peer brought. */
export type Taken = 'news' | 'known' | 'past' | 'ahead' | 'ignored'
