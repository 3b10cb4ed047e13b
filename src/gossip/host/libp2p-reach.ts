import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { toString } from 'uint8arrays/to-string'
import { ATTEMPT_TIMEOUT_MS, CLOSE_TIMEOUT_MS, OPEN_STREAM_TIMEOUT_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import { withDeadline } from '../wire/deadline.ts'
import type { Frames } from '../wire/frames.ts'
import type { Attempt, ReachHost } from './attempt.ts'
import { endpointOf, knock } from './knock.ts'
import type { Libp2pNode } from './libp2p-options.ts'
import type { Protocol } from './peer-host.ts'
import type { RelayFacts } from './relay-seeker.ts'

interface Talk<T> {
  readonly protocol: Protocol
  readonly exchange: (frames: Frames, peer: string) => Promise<T>
}

/** Finds out, with a libp2p node, who can be reached how. */
export class Libp2pReach implements ReachHost {
  readonly #node: Libp2pNode
  readonly #signal: AbortSignal
  readonly #frames: (stream: Stream, protocol: Protocol) => Frames

  constructor(node: Libp2pNode, signal: AbortSignal, frames: (stream: Stream, protocol: Protocol) => Frames) {
    this.#node = node
    this.#signal = signal
    this.#frames = frames
  }

  async attempt<T>(address: string, peer: string, talk?: Talk<T>): Promise<Attempt<T>> {
    const endpoint = endpointOf(address)
    if (endpoint === undefined) return { outcome: 'failed', detail: 'no host and TCP port' }
    const knocked = await knock(endpoint.host, endpoint.port, ATTEMPT_TIMEOUT_MS)
    if (knocked !== 'open') return { outcome: knocked }
    let connection
    try {
      connection = await this.#connect(address, peer)
    } catch (thrown) {
      return handshakeFailure(asError(thrown))
    }
    try {
      if (talk === undefined) return { outcome: 'answered' }
      return { outcome: 'answered', answer: await this.#talk(connection, talk) }
    } catch (thrown) {
      return { outcome: 'not-admitted', detail: asError(thrown).message }
    } finally {
      await connection
        .close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
        .catch((thrown: unknown) => connection.abort(asError(thrown)))
    }
  }

  relays(): Promise<RelayFacts> {
    return this.#node.services.relays.facts()
  }

  seekRelays(): void {
    this.#node.services.relays.seek()
  }

  async agentOf(peer: string): Promise<string | undefined> {
    const known = await this.#node.peerStore.get(peerIdFromString(peer)).catch(() => undefined)
    const agent = known?.metadata.get('AgentVersion')
    return agent && toString(agent).slice(0, MAX_AGENT_LENGTH)
  }

  /** `force`: a connection that is there already says nothing about this address. */
  #connect(address: string, peer: string): Promise<Connection> {
    const place = multiaddr(address.split('/p2p/')[0])
    const target = peer === '' ? place : place.encapsulate(`/p2p/${peer}`)
    return withDeadline(`dial ${address}`, ATTEMPT_TIMEOUT_MS, this.#signal, (signal) =>
      this.#node.dial(target, { signal, force: true }),
    )
  }

  async #talk<T>(connection: Connection, { protocol, exchange }: Talk<T>): Promise<T> {
    const stream = await withDeadline(protocol.name, OPEN_STREAM_TIMEOUT_MS, this.#signal, (signal) =>
      connection.newStream(protocol.name, { signal }),
    )
    const frames = this.#frames(stream, protocol)
    try {
      return await exchange(frames, connection.remotePeer.toString())
    } finally {
      await frames.close()
    }
  }
}

/** What a peer says of itself is cut here before it is shown. */
const MAX_AGENT_LENGTH = 100

/** TCP was open. Noise says in one message only whom it met instead; all other failures look alike. */
export function handshakeFailure(error: Error): Attempt<never> {
  const other = /identity key (\S+) does not match/.exec(error.message)?.[1]
  if (other !== undefined) return { outcome: 'other-peer', detail: other }
  if (error.message.includes('gater.denyOutbound')) return { outcome: 'other-peer', detail: 'no member' }
  return { outcome: 'no-handshake', detail: error.message }
}
