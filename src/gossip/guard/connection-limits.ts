import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import { MAX_CONNECTIONS_PER_PEER, MAX_PENDING_PER_ADDRESS } from '../constants.ts'
import type { NetworkCounters } from '../counters.ts'

/** The same gater, which also bounds handshakes under way from one address and connections of one peer. */
export function limitConnections(gater: ConnectionGater, counters: NetworkCounters): ConnectionGater {
  const pending = new Pending()
  const open = new OpenConnections(counters)
  return {
    ...gater,
    denyInboundConnection: async (connection) => {
      if ((await gater.denyInboundConnection?.(connection)) === true) return true
      if (pending.enter(connection)) return false
      counters.met('pending-connections')
      return true
    },
    denyInboundUpgradedConnection: async (peer, connection) => {
      pending.leave(connection)
      if ((await gater.denyInboundUpgradedConnection?.(peer, connection)) === true) return true
      open.enter(peer, connection)
      return false
    },
  }
}

/** Inbound connections that are not through their handshake. */
class Pending {
  readonly #perAddress = new Map<string, Set<MultiaddrConnection>>()

  enter(connection: MultiaddrConnection): boolean {
    const address = addressOf(connection)
    const here = this.#perAddress.get(address) ?? new Set()
    if (here.size >= MAX_PENDING_PER_ADDRESS) return false
    here.add(connection)
    this.#perAddress.set(address, here)
    connection.addEventListener('close', () => this.leave(connection), { once: true })
    return true
  }

  leave(connection: MultiaddrConnection): void {
    const address = addressOf(connection)
    const here = this.#perAddress.get(address)
    if (here?.delete(connection) === true && here.size === 0) this.#perAddress.delete(address)
  }
}

/** Inbound connections of peers that were let in, oldest first. */
class OpenConnections {
  readonly #perPeer = new Map<string, Set<MultiaddrConnection>>()
  readonly #counters: NetworkCounters

  constructor(counters: NetworkCounters) {
    this.#counters = counters
  }

  enter(peer: PeerId, connection: MultiaddrConnection): void {
    const name = peer.toString()
    const own = this.#perPeer.get(name) ?? new Set()
    own.add(connection)
    this.#perPeer.set(name, own)
    connection.addEventListener('close', () => this.#leave(name, connection), { once: true })
    const [oldest] = own
    if (own.size <= MAX_CONNECTIONS_PER_PEER || oldest === undefined) return
    this.#counters.met('connections-per-peer')
    this.#leave(name, oldest)
    oldest.abort(new Error('the peer has opened newer connections'))
  }

  #leave(name: string, connection: MultiaddrConnection): void {
    const own = this.#perPeer.get(name)
    if (own?.delete(connection) === true && own.size === 0) this.#perPeer.delete(name)
  }
}

/** `/ip4/192.0.2.1` of `/ip4/192.0.2.1/tcp/40000`: ports are free to choose, addresses less so. */
function addressOf({ remoteAddr }: MultiaddrConnection): string {
  return remoteAddr.toString().split('/').slice(0, 3).join('/')
}
