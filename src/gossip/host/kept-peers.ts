import { RELAY_V2_HOP_CODEC, RELAY_V2_STOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { Libp2pNode } from './libp2p-options.ts'

/**
 * Peers that are cut off, or cut this node off, when it hangs up on them: who holds a place at this relay, a relay at which this node holds one,
 * and whoever is at the other end of a connection that carries others, either way.
 */
export function keptPeers(node: Libp2pNode): Set<string> {
  const { relays, relayServer } = node.services
  const kept = new Set([...(relayServer?.reservations.keys() ?? [])].map(String))
  for (const { remotePeer, streams } of node.getConnections()) {
    if (relays.isHeld(remotePeer) || streams.some(({ protocol }) => CARRYING.has(protocol))) {
      kept.add(remotePeer.toString())
    }
  }
  return kept
}

/** Each relayed connection is such a stream at the relay, one on each side. */
const CARRYING = new Set([RELAY_V2_HOP_CODEC, RELAY_V2_STOP_CODEC])
