import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import type { Strangers } from './strangers.ts'
import type { TrafficMeter } from './traffic-meter.ts'

/**
 * Lets members in and no one else, both ways, and relays for members only. Noise has proven the peer id by the time that it
 * is asked. A refused dialler sees its dial succeed and the connection close, so a dial that resolved does not mean admission.
 * With `strangers` a few others may connect to this node, for what strangers.ts says.
 */
export function membersGater(
  isMember: (peer: string) => boolean,
  meter: TrafficMeter,
  strangers?: Strangers,
): ConnectionGater {
  const denyPeer = (peer: PeerId): boolean => !isMember(peer.toString())
  const denyConnection = (peer: PeerId, connection: MultiaddrConnection): boolean => {
    if (denyPeer(peer)) return true
    meter.watch(connection)
    return false
  }
  return {
    denyDialPeer: denyPeer,
    denyInboundEncryptedConnection: (peer, connection) =>
      denyConnection(peer, connection) && strangers?.admit(peer.toString(), connection) !== true,
    denyOutboundEncryptedConnection: denyConnection,
    denyInboundRelayReservation: denyPeer,
    denyOutboundRelayedConnection: (source, target) => denyPeer(source) || denyPeer(target),
    denyInboundRelayedConnection: (relay, source) => denyPeer(relay) || denyPeer(source),
  }
}
