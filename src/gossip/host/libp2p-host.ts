import { EventEmitter } from 'node:events'
import type { Message } from '@chainsafe/libp2p-gossipsub'
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { StreamHandler } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import {
  CLOSE_TIMEOUT_MS,
  DIAL_TIMEOUT_MS,
  DIRECT_DIAL_TIMEOUT_MS,
  OPEN_STREAM_TIMEOUT_MS,
} from '../constants.ts'
import { asError, BrokenStreamError } from '../errors.ts'
import type { Logger } from '../types.ts'
import { withDeadline } from '../wire/deadline.ts'
import { FramedStream } from '../wire/framed-stream.ts'
import type { Frames } from '../wire/frames.ts'
import type { NetworkCounters, ProtocolCounts } from '../counters.ts'
import { countedFrames } from '../wire/counted-frames.ts'
import { followHost } from './follow-host.ts'
import type { ReachHost } from './attempt.ts'
import { keptPeers } from './kept-peers.ts'
import type { Libp2pNode } from './libp2p-options.ts'
import { Libp2pReach } from './libp2p-reach.ts'
import { listenError } from './listen-error.ts'
import { byPath, pathOf, type Path } from './paths.ts'
import { forMembers } from './members-registrar.ts'
import type { PeerConnection, PeerHost, PeerHostEvents, Protocol, TopicValidator } from './peer-host.ts'
import { bestConnection, preferDirect } from './prefer-direct.ts'
import type { Traffic, TrafficMeter } from './traffic-meter.ts'

export interface Libp2pHostInit {
  readonly node: Libp2pNode
  readonly meter: TrafficMeter
  readonly counters: NetworkCounters
  readonly topic: string
  readonly listen: readonly string[]
  readonly logger: Logger
  /** Asked at every stream. */
  readonly isMember: (peer: string) => boolean
  /** Aborts when the network stops; every wait hangs on it. */
  readonly signal: AbortSignal
}

/** A libp2p node as the protocols see it. */
export class Libp2pHost implements PeerHost {
  readonly peer: string
  readonly events = new EventEmitter<PeerHostEvents>()
  readonly #init: Libp2pHostInit
  readonly #node: Libp2pNode
  readonly #met: ReadonlySet<string>
  readonly reach: ReachHost

  constructor(init: Libp2pHostInit) {
    this.#init = init
    this.#node = init.node
    this.peer = init.node.peerId.toString()
    this.#met = followHost(init.node, this.events, init.isMember)
    preferDirect(init.node, init.logger)
    this.reach = new Libp2pReach(init.node, init.signal, (stream, protocol) => this.#frames(stream, protocol))
  }

  isStarted(): boolean {
    return this.#node.status === 'started'
  }

  async handle(protocol: Protocol, serve: (frames: Frames, peer: string) => Promise<void>): Promise<void> {
    const handler: StreamHandler = (stream, { remotePeer }) => {
      this.#counts(protocol).accepted++
      return serve(this.#frames(stream, protocol), remotePeer.toString())
    }
    await this.#node.handle(
      protocol.name,
      protocol.open === true ? handler : forMembers(handler, this.#init.isMember),
      {
        maxInboundStreams: protocol.maxStreamsPerPeer,
        maxOutboundStreams: protocol.maxStreamsPerPeer,
        runOnLimitedConnection: true,
      },
    )
  }

  async start(): Promise<void> {
    try {
      await this.#node.start()
    } catch (thrown) {
      await this.#node.stop()
      throw listenError(thrown, this.#init.listen)
    }
  }

  async stop(): Promise<void> {
    await this.#node.stop()
  }

  async openStream(peer: string, protocol: Protocol): Promise<Frames> {
    const connection = bestConnection(this.#node.getConnections(peerIdFromString(peer)))
    if (connection === undefined) throw new BrokenStreamError(`connection to ${peer}`)
    const stream = await withDeadline(protocol.name, OPEN_STREAM_TIMEOUT_MS, this.#init.signal, (signal) =>
      connection.newStream(protocol.name, { signal, runOnLimitedConnection: true }),
    )
    this.#counts(protocol).opened++
    return this.#frames(stream, protocol)
  }

  async dial(addresses: readonly string[]): Promise<string> {
    const { direct, relayed } = byPath(addresses, this.peer)
    if (relayed.length === 0) return this.#dialAny(direct, DIAL_TIMEOUT_MS)
    if (direct.length === 0) return this.#dialAny(relayed, DIAL_TIMEOUT_MS)
    try {
      return await this.#dialAny(direct, DIRECT_DIAL_TIMEOUT_MS)
    } catch {
      return this.#dialAny(relayed, DIAL_TIMEOUT_MS)
    }
  }

  async hangUp(peer: string): Promise<void> {
    const id = peerIdFromString(peer)
    const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS)
    await this.#node.hangUp(id, { signal }).catch((thrown: unknown) => {
      const err = asError(thrown)
      this.#init.logger.debug({ peer, err }, 'hanging up took too long; the connection is aborted')
      for (const connection of this.#node.getConnections(id)) connection.abort(err)
    })
  }

  connections(): readonly PeerConnection[] {
    const all = this.#node.getConnections().map(({ remotePeer, remoteAddr, direction, rtt }) => ({
      peer: remotePeer.toString(),
      address: remoteAddr.toString(),
      direction,
      path: pathOf(remoteAddr.toString()),
      rttMs: rtt ?? null,
    }))
    return all.filter(({ peer }) => this.#met.has(peer))
  }

  connectedPeers(): string[] {
    return [...this.#met]
  }

  pathTo(peer: string): Path | undefined {
    if (!this.#met.has(peer)) return undefined
    const connection = bestConnection(this.#node.getConnections(peerIdFromString(peer)))
    return connection && pathOf(connection.remoteAddr.toString())
  }

  keptPeers(): ReadonlySet<string> {
    return keptPeers(this.#node)
  }

  addresses(): string[] {
    return this.#node.getMultiaddrs().map(String)
  }

  subscribe(validate: TopicValidator): void {
    const { pubsub } = this.#node.services
    pubsub.topicValidators.set(this.#init.topic, async (bearer, message) => {
      this.#counts(TOPIC).receivedBytes += message.data.byteLength
      return RESULTS[await validate(message.data, signerOf(message), bearer.toString())]
    })
    pubsub.subscribe(this.#init.topic)
  }

  unsubscribe(): void {
    const { pubsub } = this.#node.services
    pubsub.topicValidators.delete(this.#init.topic)
    pubsub.unsubscribe(this.#init.topic)
  }

  async publish(message: Uint8Array): Promise<number> {
    const { recipients } = await this.#node.services.pubsub.publish(this.#init.topic, message)
    this.#counts(TOPIC).sentBytes += message.byteLength * recipients.length
    return recipients.length
  }

  traffic(): Traffic {
    return this.#init.meter.total()
  }

  async #dialAny(addresses: readonly string[], timeoutMs: number): Promise<string> {
    const targets = addresses.map((address) => multiaddr(address))
    const { remotePeer } = await withDeadline('dial', timeoutMs, this.#init.signal, (signal) =>
      this.#node.dial(targets, { signal }),
    )
    return remotePeer.toString()
  }

  /** In the same tick in which the stream appears, so that no byte comes before its reader. */
  #frames(stream: ConstructorParameters<typeof FramedStream>[0], protocol: Protocol): Frames {
    const { name: operand, maxFrameBytes, maxBufferBytes } = protocol
    const frames = new FramedStream(stream, { operand, maxFrameBytes, maxBufferBytes }, this.#init.signal)
    return countedFrames(frames, this.#counts(protocol))
  }

  #counts({ name }: Pick<Protocol, 'name'>): ProtocolCounts {
    return this.#init.counters.protocol(name)
  }
}

/** How the topic is counted: what this node publishes, and each message the first time that it comes; not what it forwards. */
const TOPIC = { name: 'announce' }

const RESULTS = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const

function signerOf(message: Message): string | undefined {
  return message.type === 'signed' ? message.from.toString() : undefined
}
