import { createHash } from 'node:crypto'
import type { PeerDiscovery, Startable } from '@libp2p/interface'
import { mdns, type MulticastDNSComponents } from '@libp2p/mdns'
import { LAN_QUERY_MS } from '../constants.ts'

export interface LanDiscoveryInit {
  readonly consortium: string
  /** Somebody on the LAN says that a peer listens there; nothing of it is proven. */
  onFound(peer: string, addresses: readonly string[]): void
}

/**
 * Finds members on the same LAN by multicast DNS. Deliberately no libp2p peer discovery: libp2p would remember, and dial,
 * whomever anybody on the LAN makes up.
 */
export class LanDiscovery implements Startable {
  readonly #discovery: PeerDiscovery & Startable

  constructor(components: MulticastDNSComponents, init: LanDiscoveryInit) {
    const serviceTag = lanServiceTag(init.consortium)
    const discovery = mdns({ interval: LAN_QUERY_MS, serviceTag })(components)
    this.#discovery = discovery as PeerDiscovery & Startable
    discovery.addEventListener('peer', ({ detail: { id, multiaddrs } }) => {
      init.onFound(id.toString(), multiaddrs.map(String))
    })
  }

  async start(): Promise<void> {
    await this.#discovery.start()
  }

  async stop(): Promise<void> {
    await this.#discovery.stop()
  }
}

/** Members recognise it, and nobody else on the LAN learns which consortium it is. */
export function lanServiceTag(consortium: string): string {
  const digest = createHash('sha256').update(`peermerge/lan/1\0${consortium}`).digest('hex')
  return `_pm${digest.slice(0, 12)}._udp.local` // a service name has at most 15 characters
}
