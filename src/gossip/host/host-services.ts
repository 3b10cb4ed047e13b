import type { Connection, Stream } from '@libp2p/interface'
import {
  CHUNK_PROTOCOL,
  INVENTORY_PROTOCOL,
  MAX_CHUNK_STREAMS_PER_PEER,
  MAX_INVENTORY_STREAMS_PER_PEER,
} from '../constants.ts'
import type { ContributionFlow } from '../contributions/contribution-flow.ts'
import type { Host } from './libp2p-options.ts'
import type { Emit } from '../network-context.ts'

/** Registers the node's protocols, before the host starts, so that identify tells of them from the first connection on. */
export async function serveProtocols(host: Host, { chunkServer, links }: ContributionFlow): Promise<void> {
  await host.handle(CHUNK_PROTOCOL, served(chunkServer), {
    maxInboundStreams: MAX_CHUNK_STREAMS_PER_PEER,
    maxOutboundStreams: MAX_CHUNK_STREAMS_PER_PEER,
  })
  await host.handle(INVENTORY_PROTOCOL, served(links.inventoryServer), {
    maxInboundStreams: MAX_INVENTORY_STREAMS_PER_PEER,
    maxOutboundStreams: MAX_INVENTORY_STREAMS_PER_PEER,
  })
}

type Served = (stream: Stream, connection: Connection) => Promise<void>

function served(server: { serve(stream: Stream, peer: string): Promise<void> }): Served {
  return (stream, { remotePeer }) => server.serve(stream, remotePeer.toString())
}

/** Reconciles on connecting, redials on losing, and learns addresses that worked or that a peer gives as its own. */
export function followConnections(host: Host, { jobs, links }: ContributionFlow, emit: Emit): void {
  host.addEventListener('peer:connect', ({ detail }) => {
    const peer = detail.toString()
    emit('peer:connected', peer)
    links.reconciler.now(peer)
    jobs.resume()
  })
  host.addEventListener('peer:disconnect', ({ detail }) => {
    const peer = detail.toString()
    emit('peer:disconnected', peer)
    links.rejoin.disconnected(peer)
  })
  host.addEventListener('peer:identify', ({ detail: { peerId, listenAddrs } }) => {
    links.addresses.learnOwn(peerId.toString(), listenAddrs.map(String))
  })
  host.addEventListener('connection:open', ({ detail: { remotePeer, remoteAddr, direction } }) => {
    if (direction === 'outbound') links.addresses.learnOwn(remotePeer.toString(), [remoteAddr.toString()])
  })
}
