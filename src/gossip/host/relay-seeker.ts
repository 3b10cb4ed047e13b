import { circuitRelayTransport, RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { PeerId, Startable, Transport } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { RELAY_SEEK_MS, RELAYS_WANTED } from '../constants.ts'
import { asError } from '../errors.ts'
import type { Logger } from '../types.ts'

/** What the relay transport keeps its places at relays in; its package does not name the type. */
interface ReservationBook {
  hasReservation(peer: PeerId): boolean
  reservationCount(): number
  addRelay(peer: PeerId, type: 'discovered'): Promise<unknown>
  relayFilter: { has(item: Uint8Array): boolean; add(item: Uint8Array): void }
}

export interface RelayFacts {
  /** Connected members that offer to relay. */
  readonly offering: readonly string[]
  /** Those at which this node holds a place. */
  readonly held: readonly string[]
}

type TransportFactory = ReturnType<typeof circuitRelayTransport>
type SeekerComponents = Pick<
  Parameters<TransportFactory>[0],
  'connectionManager' | 'transportManager' | 'peerStore'
>

/**
 * Holds places at relays among the connected members once this node is told that others cannot reach it. libp2p asks a
 * relay once, when it appears; one that was full, slow or down then is asked again here until there are enough.
 */
export class RelaySeeker implements Startable {
  readonly #logger: Logger
  #book: ReservationBook | undefined
  #components: SeekerComponents | undefined
  #timer: NodeJS.Timeout | undefined
  #isWanted: boolean
  #isStarted = false
  #isAsking = false

  constructor(logger: Logger, isWanted: boolean) {
    this.#logger = logger
    this.#isWanted = isWanted
  }

  /** The transport that dials and is dialled through relays. */
  transport(): TransportFactory {
    return (components) => {
      const transport = circuitRelayTransport()(components) as Transport & {
        reservationStore: ReservationBook
      }
      this.#book = transport.reservationStore
      // a relay that was down once would be left out for good
      this.#book.relayFilter = { has: () => false, add: () => undefined }
      return transport
    }
  }

  /** The service that lives and dies with the node. */
  service(): (components: SeekerComponents) => RelaySeeker {
    return (components) => {
      this.#components = components
      return this
    }
  }

  start(): void {
    this.#isStarted = true
  }

  afterStart(): void {
    if (this.#isWanted) this.#listen()
  }

  stop(): void {
    this.#isStarted = false
    clearInterval(this.#timer)
  }

  /** From now on; a second call does nothing. */
  seek(): void {
    if (this.#isWanted) return
    this.#isWanted = true
    if (this.#isStarted) this.#listen()
  }

  /** Relays are cut off from stop messages of peers that it holds no place at. */
  isHeld(peer: PeerId): boolean {
    return this.#book?.hasReservation(peer) ?? false
  }

  async facts(): Promise<RelayFacts> {
    const offering = await this.#offering()
    const held = offering.filter((peer) => this.isHeld(peer))
    return { offering: offering.map(String), held: held.map(String) }
  }

  #listen(): void {
    const places = Array.from({ length: RELAYS_WANTED }, () => multiaddr('/p2p-circuit'))
    this.#components?.transportManager.listen(places).catch((thrown: unknown) => {
      this.#logger.warn({ err: asError(thrown) }, 'cannot listen through relays')
    })
    this.#timer = setInterval(() => void this.#ask(), RELAY_SEEK_MS).unref()
  }

  async #ask(): Promise<void> {
    if (this.#isAsking || this.#book === undefined) return
    this.#isAsking = true
    try {
      for (const relay of await this.#offering()) {
        if (!this.#isStarted || this.#book.reservationCount() >= RELAYS_WANTED) return
        if (this.isHeld(relay)) continue
        await this.#book.addRelay(relay, 'discovered').catch((thrown: unknown) => {
          this.#logger.debug({ relay: relay.toString(), err: asError(thrown) }, 'no place at this relay')
        })
      }
    } finally {
      this.#isAsking = false
    }
  }

  /** Peers with a direct connection that say they relay. */
  async #offering(): Promise<PeerId[]> {
    const { connectionManager, peerStore } = this.#components ?? {}
    const direct = (connectionManager?.getConnections() ?? []).filter((one) => one.direct)
    const peers = new Map(direct.map(({ remotePeer }) => [remotePeer.toString(), remotePeer]))
    const found = await Promise.all(
      [...peers.values()].map(async (peer) => {
        const known = await peerStore?.get(peer).catch(() => undefined)
        return known?.protocols.includes(RELAY_V2_HOP_CODEC) === true ? [peer] : []
      }),
    )
    return found.flat()
  }
}
