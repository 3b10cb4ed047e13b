import type { PeerId, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { OPEN_STREAM_TIMEOUT_MS } from '../constants.ts'
import { withDeadline } from '../wire/deadline.ts'
import { BrokenStreamError } from '../errors.ts'
import type { Host } from './libp2p-options.ts'

/** A stream on a connection that is open; never dials. */
export async function openStream(
  host: Host,
  peer: string,
  protocol: string,
  signal: AbortSignal,
): Promise<Stream> {
  const connection = host.getConnections(peerIdFromString(peer)).find(({ status }) => status === 'open')
  if (connection === undefined) throw new BrokenStreamError(`connection to ${peer}`)
  return withDeadline(protocol, OPEN_STREAM_TIMEOUT_MS, signal, (deadline) =>
    connection.newStream(protocol, { signal: deadline }),
  )
}

export function connectedPeers(host: Host): string[] {
  return host.getPeers().map((id: PeerId) => id.toString())
}

export function isConnected(host: Host, peer: string): boolean {
  return host.getConnections(peerIdFromString(peer)).length > 0
}
