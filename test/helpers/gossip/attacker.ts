import type { Stream } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { encodeAnnouncement } from '../../../src/gossip/announce/announcement.ts'
import { announceTopic, CHUNK_PROTOCOL, SYNC_PROTOCOL } from '../../../src/gossip/constants.ts'
import type { Identity } from '../../../src/gossip/index.ts'
import type { Libp2pNode } from '../../../src/gossip/host/libp2p-options.ts'
import { RelaySeeker } from '../../../src/gossip/host/relay-seeker.ts'
import { libp2pOptions } from '../../../src/gossip/host/libp2p-options.ts'
import { CONSORTIUM } from './contributions.ts'
import { testLogger, type TestNode } from './swarm.ts'
import { waitFor } from './wait-for.ts'

/** What gossipsub puts on the wire, as far as attacks need it. */
export interface GossipFrame {
  readonly subscriptions?: readonly { readonly subscribe: boolean; readonly topic: string }[]
  readonly messages?: readonly RawMessage[]
}

/** With the signature of whoever said it first. */
export interface RawMessage {
  readonly from: Uint8Array
  readonly data: Uint8Array
  readonly seqno: Uint8Array
  readonly topic: string
  readonly signature: Uint8Array
  readonly key: Uint8Array
}

export type StreamHandler = (stream: Stream) => void | Promise<void>

/** A bare libp2p host with the node's transports that says whatever a test wants, to whomever. */
export class Attacker implements AsyncDisposable {
  readonly host: Libp2pNode
  readonly #topic: string

  private constructor(host: Libp2pNode, topic: string) {
    this.host = host
    this.#topic = topic
  }

  static async start(
    identity: Identity,
    { chunk, consortium = CONSORTIUM }: { chunk?: StreamHandler; consortium?: string } = {},
  ): Promise<Attacker> {
    const topic = announceTopic(consortium)
    const host = await createLibp2p(
      libp2pOptions({
        identity,
        topic,
        listen: ['/ip4/127.0.0.1/tcp/0'],
        announce: [],
        gater: {},
        relays: new RelaySeeker(testLogger('attacker'), false),
        isMember: () => true,
        scoreOf: () => 0,
      }),
    )
    if (chunk !== undefined) await host.handle(CHUNK_PROTOCOL, chunk)
    await host.handle(SYNC_PROTOCOL, (stream) => stream.abort(new Error('no sync')))
    await host.start()
    host.services.pubsub.subscribe(topic)
    return new Attacker(host, topic)
  }

  async connect(node: TestNode): Promise<void> {
    await this.host.dial(multiaddr(node.network.addresses()[0]))
  }

  /** As gossip, signed by the attacker, whatever the bytes are. */
  async gossip(data: Uint8Array): Promise<void> {
    const { pubsub } = this.host.services
    await waitFor('someone listens', () => pubsub.getSubscribers(this.#topic).length > 0)
    await pubsub.publish(this.#topic, data)
  }

  /** One gossipsub frame, past all that gossipsub itself would see to. Returns whether it was sent. */
  sendGossipFrame(node: { readonly peer: string }, frame: GossipFrame): boolean {
    const pubsub = this.host.services.pubsub as unknown as {
      sendRpc(peer: string, frame: GossipFrame): boolean
    }
    return pubsub.sendRpc(node.peer, frame)
  }

  async claimToHold(envelope: Uint8Array): Promise<void> {
    await this.gossip(encodeAnnouncement({ type: 'contribution', envelope, addresses: [], holder: true }))
  }

  /** Writes raw bytes, ends its side, and returns all that comes back until the other side ends or resets. */
  async say(node: TestNode, protocol: string, bytes: Uint8Array): Promise<Uint8Array> {
    const [connection] = this.host.getConnections()
    if (connection?.remotePeer.toString() !== node.network.peer) throw new Error('not connected')
    const signal = AbortSignal.timeout(5_000)
    const stream = await connection.newStream(protocol, { signal })
    const pieces: Uint8Array[] = []
    const reader = byteStream(stream)
    try {
      if (bytes.byteLength > 0) await reader.write(bytes, { signal })
      await stream.close({ signal })
      for (;;) {
        const piece = await reader.read({ signal })
        if (piece === null) break
        pieces.push(piece.subarray())
      }
    } catch (error) {
      if (signal.aborted) throw error
    }
    return Buffer.concat(pieces)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.stop()
  }
}
