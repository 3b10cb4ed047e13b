import { circuitRelayServer, type CircuitRelayService } from '@libp2p/circuit-relay-v2'
import { HOP_TIMEOUT_MS, MAX_CONNECTIONS, MAX_RELAYED_STREAMS_PER_PEER } from '../constants.ts'

/**
 * Relays connections between members that cannot reach each other. Who may reserve and who may be reached is the gater's
 * word; members get no limit of bytes or time, since a relayed site moves as much as any other.
 */
export function relayServer(
  maxReservations: number,
): (components: Parameters<ReturnType<typeof circuitRelayServer>>[0]) => CircuitRelayService {
  return circuitRelayServer({
    hopTimeout: HOP_TIMEOUT_MS,
    maxInboundHopStreams: MAX_RELAYED_STREAMS_PER_PEER,
    maxOutboundHopStreams: MAX_RELAYED_STREAMS_PER_PEER,
    maxOutboundStopStreams: MAX_CONNECTIONS,
    reservations: { maxReservations, applyDefaultLimit: false },
  })
}
