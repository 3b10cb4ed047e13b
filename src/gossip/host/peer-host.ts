import type { EventEmitter } from 'node:events'
import type { Frames } from '../wire/frames.ts'
import type { Path } from './paths.ts'
import type { Rate } from '../wire/token-bucket.ts'
import type { Traffic } from './traffic-meter.ts'

/** A request/response protocol: its name, which ends in its version, and its ceilings. */
export interface Protocol {
  readonly name: string
  readonly maxFrameBytes: number
  /** Received and not yet read. */
  readonly maxBufferBytes: number
  readonly maxStreamsPerPeer: number
  /** Whether it serves peers that are no members too. @default false */
  readonly open?: true
  /** Requests of one peer, over all its streams. @default REQUEST_RATE */
  readonly rate?: Rate
}

export interface PeerConnection {
  readonly peer: string
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly path: Path
  /** Round trip in milliseconds as last measured; null before. */
  readonly rttMs: number | null
}

/** What gossip does with a message: forward it, drop it, or drop it and score its bearer down. */
export type TopicResult = 'accept' | 'ignore' | 'reject'

/**
 * Judges a message that `from` has signed (undefined where nobody has) and `bearer` has brought, where the host knows. Must
 * not throw.
 */
export type TopicValidator = (
  data: Uint8Array,
  from: string | undefined,
  bearer?: string,
) => Promise<TopicResult>

export interface PeerHostEvents {
  /** The first connection to a member is up, admitted on this side. */
  connected: [peer: string]
  /** The last one is gone. */
  disconnected: [peer: string]
  /** Where a peer listens: as it says, or as has just worked. */
  addresses: [peer: string, addresses: readonly string[]]
  /** Somebody on the LAN, who may lie, says that a peer listens there. */
  heard: [peer: string, addresses: readonly string[]]
}

/** What the protocols need of a transport. One implementation speaks libp2p; another, in memory, runs in a simulator. */
export interface PeerHost {
  readonly peer: string
  readonly events: EventEmitter<PeerHostEvents>
  /** Whether `start` has ended and `stop` has not begun. */
  isStarted(): boolean
  /** Serves inbound streams of members, or of all if `protocol` is open; to be called before `start`. `serve` must not reject. */
  handle(protocol: Protocol, serve: (frames: Frames, peer: string) => Promise<void>): Promise<void>
  /** @throws PeermergeError ERR_PORT_IN_USE, ERR_LISTEN */
  start(): Promise<void>
  stop(): Promise<void>
  /** A stream on a connection that is open; never dials. @throws BrokenStreamError, NetworkTimeoutError */
  openStream(peer: string, protocol: Protocol): Promise<Frames>
  /**
   * Tries the direct addresses first, then those through relays. Resolves with the peer that answered; it may still refuse
   * this node. @throws NetworkTimeoutError, Error
   */
  dial(addresses: readonly string[]): Promise<string>
  /** Ends all connections to a peer. Never rejects. */
  hangUp(peer: string): Promise<void>
  /** With those who were members when they connected, as `connectedPeers` and `isConnected`. */
  connections(): readonly PeerConnection[]
  connectedPeers(): string[]
  /** How a peer is connected, the best of its connections counted; undefined without any. */
  pathTo(peer: string): Path | undefined
  /** Peers that must not be hung up on to save connections: relays that this node needs, and who needs it as a relay. */
  keptPeers(): ReadonlySet<string>
  /** Own multiaddrs, peer id included. */
  addresses(): string[]
  /** Joins the one topic. */
  subscribe(validate: TopicValidator): void
  unsubscribe(): void
  /** How many peers it was sent to at once. */
  publish(message: Uint8Array): Promise<number>
  /** Bytes on the wire since start. */
  traffic(): Traffic
}
