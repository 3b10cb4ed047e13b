import type { Registry } from 'prom-client'
import type { Network } from '../../gossip/index.ts'
import { metric } from './metric.ts'

/** What a network has counted, as metrics of a registry. Returns what sets them. */
export function networkMetrics(
  registry: Registry,
): (network: Pick<Network, 'traffic' | 'counters' | 'counts'>) => void {
  const counter = metric.bind(null, registry, 'counter')
  const wire = counter('wire_bytes_total', 'Bytes on the wire, encryption and framing included', ['direction']) // prettier-ignore
  const bytes = counter('protocol_bytes_total', 'Bytes of messages, before encryption', ['protocol', 'direction']) // prettier-ignore
  const streams = counter('streams_total', 'Streams opened (out) and accepted (in)', ['protocol', 'direction']) // prettier-ignore
  const broken = counter('streams_broken_total', 'Streams that this node gave up', ['protocol'])
  const reconciliations = counter('reconciliations_total', 'Reconciliations that this node began')
  const fetched = counter('chunks_fetched_total', 'Payload chunks that came and were kept')
  const fetchedBytes = counter('chunks_fetched_bytes_total', 'Bytes of payload chunks that came and were kept') // prettier-ignore
  const repeated = counter('chunks_repeated_total', 'Payload chunks that came although they were here: resent for nothing') // prettier-ignore
  const served = counter('chunks_served_total', 'Payload chunks read for other members')
  const servedBytes = counter('chunks_served_bytes_total', 'Bytes of payload chunks read for other members') // prettier-ignore
  const refusals = counter('refusals_total', 'What was refused from others', ['reason'])
  const ceilings = counter('ceilings_met_total', 'What went over a ceiling and was turned away', ['ceiling']) // prettier-ignore
  const held = metric(registry, 'gauge', 'held', 'Contributions in memory that cannot be judged yet')
  return (network) => {
    const { bytesSent, bytesReceived } = network.traffic()
    const { counters } = network
    const protocols = [...counters.protocols()]
    wire(directions({}, bytesSent, bytesReceived))
    bytes(protocols.flatMap(([protocol, of]) => directions({ protocol }, of.sentBytes, of.receivedBytes)))
    streams(
      protocols.flatMap(([protocol, { opened, accepted }]) => [
        [{ protocol, direction: 'out' }, opened],
        [{ protocol, direction: 'in' }, accepted],
      ]),
    )
    broken(protocols.map(([protocol, of]) => [{ protocol }, of.broken]))
    reconciliations(counters.reconciliations)
    fetched(counters.chunksFetched)
    fetchedBytes(counters.fetchedBytes)
    repeated(counters.chunksRepeated)
    served(counters.chunksServed)
    servedBytes(counters.servedBytes)
    refusals([...counters.refusals()].map(([reason, count]) => [{ reason }, count]))
    ceilings(Object.entries(counters.ceilings()).map(([ceiling, count]) => [{ ceiling }, count]))
    held(network.counts().held)
  }
}

function directions(
  labels: Readonly<Record<string, string>>,
  sent: number,
  received: number,
): readonly (readonly [Readonly<Record<string, string>>, number])[] {
  return [
    [{ ...labels, direction: 'sent' }, sent],
    [{ ...labels, direction: 'received' }, received],
  ]
}
