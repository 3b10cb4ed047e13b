import { createHash } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import { createLibp2p } from 'libp2p'
import { announceTopic } from '../../src/gossip/constants.ts'
import { libp2pOptions, type Libp2pNode } from '../../src/gossip/host/libp2p-options.ts'
import { RelaySeeker } from '../../src/gossip/host/relay-seeker.ts'
import { generateIdentity } from '../../src/gossip/index.ts'
import { testLogger } from '../../test/helpers/gossip/swarm.ts'
import { waitFor } from '../../test/helpers/gossip/wait-for.ts'
import { timed, type Timed } from './measure.ts'
import type { Opponent } from './spread.ts'

const PROTOCOL = '/bench/raw/1'
const TOPIC = announceTopic('bench')
/** As much as our own frames carry. */
const PIECE_BYTES = 256 * 1024

/** Above the window of a stream, so that a reader that waits for its turn loses nothing. */
const READ_BUFFER_BYTES = 16 * 1024 * 1024
/** All streams at once on a busy machine: the last one waits long for its turn. */
const PATIENCE_MS = 300_000

/** Bare libp2p hosts with the options of ours, all connected to all, that push bytes and hash what comes. */
export class RawHosts implements Opponent {
  readonly name = 'raw streams'
  readonly hosts: readonly Libp2pNode[]
  #expected: Uint8Array[] = []

  private constructor(hosts: readonly Libp2pNode[]) {
    this.hosts = hosts
  }

  static async start(count: number, links = Infinity): Promise<RawHosts> {
    const hosts = await Promise.all(Array.from({ length: count }, () => bareHost()))
    const raw = new RawHosts(hosts)
    for (const host of hosts) {
      await host.handle(PROTOCOL, (stream) => raw.#serve(stream), {
        maxInboundStreams: 64,
        maxOutboundStreams: 64,
      })
      await host.start()
      host.services.pubsub.subscribe(TOPIC)
    }
    for (const [i, host] of hosts.entries()) {
      for (const other of hosts.slice(Math.max(0, i - links), i)) await host.dial(other.getMultiaddrs())
    }
    return raw
  }

  /** Each payload from its host to every other, all streams at once. @throws Error - some bytes were not the right ones */
  transferAll(payloads: readonly Uint8Array[]): Promise<Timed> {
    return timed(() => this.#transferAll(payloads))
  }

  async #transferAll(payloads: readonly Uint8Array[]): Promise<void> {
    this.#expected = [...payloads]
    const digests = payloads.map((payload) => createHash('sha256').update(payload).digest('hex'))
    const transfers = this.hosts.flatMap((to) =>
      this.hosts.flatMap((from, i) =>
        from === to ? [] : [pull(to, from, i, payloads[i]!.byteLength, digests[i]!)],
      ),
    )
    await Promise.all(transfers)
  }

  /** Milliseconds until each other host had the message, which is dropped after a minute. */
  async published(from: number, message: Uint8Array): Promise<number[]> {
    const times = new Map<Libp2pNode, number>()
    const start = performance.now()
    const stops = this.hosts.map((host) => {
      const onMessage = (): unknown => times.set(host, performance.now() - start)
      host.services.pubsub.addEventListener('message', onMessage)
      return () => host.services.pubsub.removeEventListener('message', onMessage)
    })
    await this.hosts[from]!.services.pubsub.publish(TOPIC, message)
    const isThere = (): boolean => times.size >= this.hosts.length - 1
    await waitFor('all have the message', isThere, 60_000).catch(() => undefined)
    for (const stop of stops) stop()
    return this.hosts.flatMap((host, i) => (i === from ? [] : [times.get(host) ?? Infinity]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.hosts) await host.stop()
  }

  /** The first byte asks for a payload by number. */
  async #serve(stream: Stream): Promise<void> {
    const bytes = byteStream(stream, { maxBufferSize: READ_BUFFER_BYTES })
    const [number] = (await bytes.read({ bytes: 1 })).subarray()
    const payload = this.#expected[number!]!
    for (let at = 0; at < payload.byteLength; at += PIECE_BYTES) {
      await bytes.write(payload.subarray(at, at + PIECE_BYTES))
    }
    await stream.close()
  }
}

async function pull(
  to: Libp2pNode,
  from: Libp2pNode,
  number: number,
  size: number,
  digest: string,
): Promise<void> {
  const stream = await to.dialProtocol(from.peerId, PROTOCOL, { signal: AbortSignal.timeout(PATIENCE_MS) })
  const bytes = byteStream(stream, { maxBufferSize: READ_BUFFER_BYTES })
  await bytes.write(Uint8Array.of(number))
  const hash = createHash('sha256')
  const kept = new Uint8Array(size)
  for (let at = 0; at < size;) {
    const piece = await bytes.read()
    if (piece === null) throw new Error(`a raw stream ended after ${at} of ${size} bytes`)
    const part = piece.subarray()
    kept.set(part, at)
    hash.update(part)
    at += part.byteLength
  }
  if (hash.digest('hex') !== digest) throw new Error('a raw stream brought other bytes')
  await stream.close()
}

/** As a node's own host, without the protocols on top; started by the caller. */
export async function bareHost(): Promise<Libp2pNode> {
  const identity = await generateIdentity()
  const options = libp2pOptions({
    identity,
    topic: TOPIC,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    announce: [],
    gater: {},
    relays: new RelaySeeker(testLogger('bench'), false),
    isMember: () => true,
    scoreOf: () => 0,
  })
  const connectionManager = {
    ...options.connectionManager,
    dialTimeout: PATIENCE_MS,
    addressDialTimeout: PATIENCE_MS,
    inboundUpgradeTimeout: PATIENCE_MS,
    outboundStreamProtocolNegotiationTimeout: PATIENCE_MS,
    inboundStreamProtocolNegotiationTimeout: PATIENCE_MS,
  }
  return createLibp2p({ ...options, connectionManager })
}
