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

export type StreamHandler = (stream: Stream) => void | Promise<void>

/** A bare libp2p host with the node's transports that says whatever a test wants, to whomever. */
export class Attacker implements AsyncDisposable {
  readonly host: Libp2pNode

  private constructor(host: Libp2pNode) {
    this.host = host
  }

  static async start(identity: Identity, handlers: { chunk?: StreamHandler } = {}): Promise<Attacker> {
    const host = await createLibp2p(
      libp2pOptions({
        identity,
        topic: announceTopic(CONSORTIUM),
        listen: ['/ip4/127.0.0.1/tcp/0'],
        announce: [],
        gater: {},
        relays: new RelaySeeker(testLogger('attacker'), false),
        isMember: () => true,
        scoreOf: () => 0,
      }),
    )
    if (handlers.chunk !== undefined) await host.handle(CHUNK_PROTOCOL, handlers.chunk)
    await host.handle(SYNC_PROTOCOL, (stream) => stream.abort(new Error('no sync')))
    await host.start()
    host.services.pubsub.subscribe(announceTopic(CONSORTIUM))
    return new Attacker(host)
  }

  async connect(node: TestNode): Promise<void> {
    await this.host.dial(multiaddr(node.network.addresses()[0]))
  }

  /** As gossip, signed by the attacker, whatever the bytes are. */
  async gossip(data: Uint8Array): Promise<void> {
    const { pubsub } = this.host.services
    await waitFor('someone listens', () => pubsub.getSubscribers(announceTopic(CONSORTIUM)).length > 0)
    await pubsub.publish(announceTopic(CONSORTIUM), data)
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
