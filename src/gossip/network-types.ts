import type { EventEmitter } from 'node:events'
import type { AdmissionDesk } from './admission/admission-server.ts'
import type { ChunkTimeouts } from './blocks/chunk-client.ts'
import type { NetworkCounters } from './counters.ts'
import type { Identity } from './identity.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { ToldPeer } from './sync/greeting.ts'
import type { PeerConnection } from './host/peer-host.ts'
import type { Traffic } from './host/traffic-meter.ts'
import type { Holding, MergeReceipt } from './receipts/receipt.ts'
import type { NetworkRounds, RoundsInit } from './rounds/round-types.ts'
import type { Cut } from './rounds/types.ts'
import type { Clock } from './wire/clock.ts'
import type { Bandwidth, Transfers } from './transfer-limits.ts'
import type { ReachFacts } from './reach/examine.ts'
import type { ContributionJudge, ContributionState, GossipStore, Logger, PayloadSpace } from './types.ts'

export interface NetworkInit {
  readonly identity: Identity
  readonly consortium: string
  readonly store: GossipStore
  readonly judge: ContributionJudge
  readonly logger: Logger
  /** Says who is a member and what counts, and travels with the rest. @default fixed members, nothing is ever withdrawn */
  readonly ledger?: Ledger | undefined
  /** Asked at every connection and message, where there is no ledger; when its answers change, call `reviewMembership`. */
  readonly isMember: (peer: string) => boolean
  /** Who answers peers that want to become members; without it nobody is let in who is none. */
  readonly admission?: AdmissionDesk
  /** From 0 to 1, for waits and the order in which peers are asked; nothing secret depends on it. */
  readonly random: () => number
  /** @default the machine's */
  readonly clock?: Clock
  /** Milliseconds since 1970, to be compared with other members'. @default Date.now */
  readonly wallClock?: () => number
  /** Receipts of this run count from here: more than any run before got to, e.g. milliseconds since 1970. @default 0 */
  readonly firstReceipt?: number
  /** Multiaddrs to listen on. @default ['/ip4/0.0.0.0/tcp/0'] */
  readonly listen?: readonly string[]
  /** Multiaddrs told to others instead of those found out. @default [] */
  readonly announce?: readonly string[]
  /** Addresses to start from, with or without a peer id. @default [] */
  readonly bootstrap?: readonly string[]
  /** `knownPeers` of an earlier run. @default [] */
  readonly knownPeers?: readonly ToldPeer[]
  /**
   * Whether others can dial this node. `no`: it listens on nothing and is reached through members that relay; `auto`: it
   * asks members to try, and goes through relays as well where they cannot. @default 'auto'
   */
  readonly reachable?: 'auto' | 'yes' | 'no'
  /** Relays for other members, so many places at most. @default it does not */
  readonly relay?: { readonly maxReservations: number } | undefined
  /** Looks for members on the LAN by multicast DNS. @default false */
  readonly mdns?: boolean
  /** 32 bytes that all members share; without them nobody can even shake hands. @default none */
  readonly networkKey?: Uint8Array | undefined
  /** While sets differ, reconciliation repeats after a random time between these two. @default 2000 and 5000 */
  readonly reconcileMs?: { readonly min: number; readonly max: number }
  /** @default 5000, 10000 and 60000 */
  readonly chunkTimeouts?: ChunkTimeouts
  /** Of payloads, at least MIN_BANDWIDTH each, read again with every frame. @default no limit */
  readonly bandwidth?: Bandwidth | undefined
  /** Whether payloads are left alone for now: none is sent and none asked for; what is under way ends with its chunk. @default never */
  readonly isQuiet?: (() => boolean) | undefined
  readonly transfers?: Transfers | undefined
  /** @default there is always room */
  readonly space?: PayloadSpace | undefined
  /** Takes part in deciding cuts by vote. @default it does not */
  readonly rounds?: RoundsInit | undefined
}

export interface NetworkEvents {
  /** Payload and verdict are on disk. */
  admitted: [id: string]
  /** `id` is null where the bytes named none that could be trusted. */
  rejected: [id: string | null, reason: string, from: string]
  /** A superseded payload that nobody has any more is not asked for again; kept durably. */
  pruned: [id: string]
  /** So many bytes of chunk `digest` have gone to a peer, which has asked for it as one of contribution `id`; that it is one is not checked. */
  served: [peer: string, id: string, digest: string, bytes: number]
  /** Another member holds the whole payload. */
  acknowledged: [id: string, peer: string]
  /** A payload cannot be fetched or kept for now, and is tried again; told once for each contribution and code. */
  'held-up': [id: string, code: string, message: string]
  /** The ledger says something else; connections and contributions follow. */
  ledger: []
  'peer:connected': [peer: string]
  'peer:disconnected': [peer: string]
  /** All that this node and a peer could offer each other has been compared and sent; payloads may still be on their way. */
  reconciled: [peer: string]
  /** A member has told something new of what it has merged and holds. */
  receipt: [peer: string]
  /** In order, each round once; its certificate is on disk. */
  'round-decided': [cut: Cut, digest: string]
  /** Two signed words of one member that no honest node says both, each encoded; told once for each author and round. */
  'round-contradiction': [author: string, first: Uint8Array, second: Uint8Array]
  /** A peer has shown own words that are not on this disk: it votes again once a cut has named its new incarnation. */
  'round-forgotten': [incarnation: string]
  /** The round cannot go on here for now, as its memory cannot be kept; it is tried again. */
  'round-failure': [error: Error]
}

/** A member's newest receipt and how long ago it was true. */
export interface ToldReceipt {
  readonly receipt: MergeReceipt
  readonly ageMs: number
}

export interface Network extends AsyncDisposable {
  readonly peer: string
  readonly events: EventEmitter<NetworkEvents>
  readonly counters: Readonly<NetworkCounters>
  /** Absent where the network was made without. */
  readonly rounds?: NetworkRounds | undefined
  /**
   * Listens, dials and takes up unfinished fetches. A second call does nothing.
   *
   * @throws PeermergeError ERR_PORT_IN_USE, ERR_LISTEN, ERR_STOPPED
   */
  start(): Promise<void>
  /** Resolves when nothing is left running. A second call does nothing; a stopped network stays stopped. */
  stop(): Promise<void>
  /**
   * Enters an own contribution whose chunks are in the store, and announces it. Resolves with the number of peers that it
   * was sent to at once; all others find it by reconciliation.
   *
   * @throws PeermergeError ERR_PUBLISH - the contribution is not admissible; nothing has been sent
   */
  publish(envelope: Uint8Array): Promise<{ readonly id: string; readonly recipients: number }>
  /** Own multiaddrs, peer id included. */
  addresses(): readonly string[]
  connections(): readonly PeerConnection[]
  /** Members and where they were last known to listen; to be kept for the next start. */
  knownPeers(): readonly ToldPeer[]
  /** Bytes on the wire since start, over all connections. */
  traffic(): Traffic
  counts(): Readonly<Record<ContributionState | 'held', number>>
  /** What this node has merged and holds, for the others to know; `newest` is the newest sequence number held by author. */
  holds(holding: Holding, newest: ReadonlyMap<string, number>): void
  /** What other members have told of themselves, by peer. */
  receipts(): ReadonlyMap<string, ToldReceipt>
  /** Of every peer that has greeted since the start: the highest number that it has seen signed by this node, 0 for none. */
  toldNumbers(): ReadonlyMap<string, number>
  /** Dials these too, for ever. */
  addBootstrap(addresses: readonly string[]): void
  /** After the members changed: hangs up on who is none any more, judges and dials again. */
  reviewMembership(): Promise<void>
  /** Something the judge waited for has happened: judges again what is held. */
  retryHeld(): Promise<void>
  /**
   * Finds out who can be reached, who reaches this node, and what is between; takes seconds, half a minute at worst. `also`
   * are addresses to be tried besides those known.
   */
  examine(members: readonly string[], also?: readonly string[]): Promise<ReachFacts>
  /** Chunks of these contributions have been lost: fetches what is missing and has them judged again. */
  refetch(ids: readonly string[]): void
  /** Payloads of these contributions have been let go, durably: they are not fetched any more. */
  prune(ids: readonly string[]): void
}
