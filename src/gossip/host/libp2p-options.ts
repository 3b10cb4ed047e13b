import '../../polyfill.ts'
import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { gossipsub } from '@chainsafe/libp2p-gossipsub'
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Identify } from '@libp2p/identify'
import { identify } from '@libp2p/identify'
import type { ConnectionGater } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import type { MulticastDNSComponents } from '@libp2p/mdns'
import type { Ping } from '@libp2p/ping'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { CODE_P2P, multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import type { Libp2p, Libp2pOptions } from 'libp2p'
import { VERSION } from '../../version.ts'
import * as limits from '../constants.ts'
import { gossipsubOptions } from './gossipsub-options.ts'
import { withMembersRegistrar, type GossipsubComponents } from './members-registrar.ts'
import type { Identity } from '../identity.ts'
import { LanDiscovery, type LanDiscoveryInit } from './lan-discovery.ts'
import { muxer } from './muxer.ts'
import { networkKeyProtector } from './network-key.ts'
import type { RelaySeeker } from './relay-seeker.ts'
import { relayServer } from './relay-server.ts'
import { toldAddresses } from './told-addresses.ts'

export type Services = {
  readonly identify: Identify
  readonly ping: Ping
  readonly pubsub: GossipSub
  readonly relays: RelaySeeker
  /** Where this node relays. */
  readonly relayServer?: CircuitRelayService
}

export type Libp2pNode = Libp2p<Services>

export interface HostInit {
  readonly identity: Identity
  readonly topic: string
  /** Multiaddrs to listen on, e.g. `/ip4/0.0.0.0/tcp/4001`; none makes a node that only dials. */
  readonly listen: readonly string[]
  /** Multiaddrs told to others instead of those found out, e.g. of a forwarded port. */
  readonly announce: readonly string[]
  readonly gater: ConnectionGater
  /** Dials through relays, and is dialled through them once it is told to. */
  readonly relays: RelaySeeker
  /** Relays for other members, so many at most. */
  readonly serveRelay?: { readonly maxReservations: number } | undefined
  /** 32 bytes that all members share; without it anybody may shake hands, and is then refused. */
  readonly networkKey?: Uint8Array | undefined
  /** Absent: the LAN is not asked. */
  readonly lan?: LanDiscoveryInit | undefined
  /** Whom gossip is spoken with. */
  readonly isMember: (peer: string) => boolean
  scoreOf(peer: string): number
}

export function libp2pOptions(init: HostInit): Libp2pOptions<Services> {
  const pubsub = gossipsub(gossipsubOptions({ topic: init.topic, scoreOf: (peer) => init.scoreOf(peer) }))
  return {
    start: false,
    privateKey: init.identity.privateKey,
    addresses: addressOptions(init),
    nodeInfo: { name: 'peermerge', version: VERSION, userAgent: `peermerge/${VERSION}` },
    transports: [tcp(), init.relays.transport()],
    ...(init.networkKey !== undefined && { connectionProtector: networkKeyProtector(init.networkKey) }),
    connectionEncrypters: [noise()],
    streamMuxers: [muxer()],
    connectionGater: init.gater,
    connectionManager: {
      maxConnections: limits.MAX_CONNECTIONS,
      maxIncomingPendingConnections: limits.MAX_PENDING_CONNECTIONS,
      inboundConnectionThreshold: limits.MAX_CONNECTIONS_PER_SECOND_AND_ADDRESS,
      dialTimeout: limits.DIAL_TIMEOUT_MS,
      inboundUpgradeTimeout: limits.DIAL_TIMEOUT_MS,
      connectionCloseTimeout: limits.CLOSE_TIMEOUT_MS,
      reconnectRetries: 0, // rejoin.ts redials, for ever
    },
    connectionMonitor: {
      pingInterval: limits.PING_INTERVAL_MS,
      pingTimeout: { minTimeout: limits.PING_TIMEOUT_MS, maxTimeout: limits.PING_TIMEOUT_MS },
    },
    services: {
      identify: identify({ maxInboundStreams: 2, maxOutboundStreams: 2 }),
      ping: ping({ maxInboundStreams: 2, maxOutboundStreams: 2 }),
      pubsub: (components: GossipsubComponents) => pubsub(withMembersRegistrar(components, init.isMember)),
      relays: init.relays.service(),
      ...(init.serveRelay !== undefined && { relayServer: relayServer(init.serveRelay.maxReservations) }),
      ...(init.lan !== undefined && { lan: lanDiscovery(init.lan) }),
    },
  }
}

/** libp2p's own `announce` would leave out the addresses through relays. */
function addressOptions({ identity, listen, announce }: HostInit): NonNullable<Libp2pOptions['addresses']> {
  const own = announce.map((address) => multiaddr(address).decapsulateCode(CODE_P2P))
  const named = own.map((address) => address.encapsulate(`/p2p/${identity.peer}`).toString())
  const announceFilter = (found: Multiaddr[]): Multiaddr[] =>
    toldAddresses(found.map(String), named).map((address) => multiaddr(address))
  return { listen: [...listen], appendAnnounce: own.map(String), announceFilter }
}

function lanDiscovery(init: LanDiscoveryInit): (components: MulticastDNSComponents) => LanDiscovery {
  return (components) => new LanDiscovery(components, init)
}
