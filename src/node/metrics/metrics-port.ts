import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { PeermergeError } from '../../errors.ts'
import { sendMetrics } from '../control.ts'
import { answerHealth, asksHealth } from '../health/answer-health.ts'
import type { Health } from '../health/types.ts'
import { carriesToken, closeServer, listenOn } from '../http-server.ts'
import { isLoopback, parseListenAddress, urlOf, type ListenAddress } from '../listen-address.ts'
import type { MetricsSource } from './metrics-source.ts'

const REQUEST_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 16

export interface MetricsPortInit {
  /** `host:port`, an IPv6 host in brackets; port 0 takes a free one. */
  readonly listen: string
  /** Asked for as a bearer token; undefined: whoever reaches the port may read. */
  readonly token: string | undefined
}

/** What the port tells. */
export interface MetricsPortSource {
  readonly metrics: MetricsSource
  readonly health: () => Health
}

export interface MetricsPort {
  readonly url: string
  close(): Promise<void>
}

/**
 * A port that answers `GET /metrics` for a Prometheus server, `GET /health` and its parts for a supervisor, and nothing else. Without a token only on loopback.
 *
 * @throws PeermergeError ERR_METRICS_ADDRESS - not `host:port`, or an open address without a token; ERR_PORT_IN_USE
 */
export async function openMetricsPort(
  init: MetricsPortInit,
  source: MetricsPortSource,
): Promise<MetricsPort> {
  const { host, port } = parseListen(init)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => void answer(init.token, source, request, response))
  server.on('clientError', (_error, socket) => socket.destroy())
  const bound = await listenOn(server, port, host)
  return { url: `${urlOf({ host, port: bound })}/metrics`, close: () => closeServer(server) }
}

function parseListen({ listen, token }: MetricsPortInit): ListenAddress {
  const address = parseListenAddress(listen)
  if (address === undefined) {
    const problem = `metrics: expected an address such as 127.0.0.1:9464, got ${listen}`
    throw new PeermergeError('ERR_METRICS_ADDRESS', problem, { listen })
  }
  if (token === undefined && !isLoopback(address)) {
    const advice = 'listen on 127.0.0.1, or give a token file (--metrics-token-file, metrics.tokenFile)'
    throw new PeermergeError('ERR_METRICS_ADDRESS', `metrics: ${listen} is open to others; ${advice}`, { listen }) // prettier-ignore
  }
  return address
}

async function answer(
  token: string | undefined,
  source: MetricsPortSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume() // no request has a body worth reading
  if (token !== undefined && !carriesToken(request, token)) {
    response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('expected the bearer token\n')
  } else if (asksHealth(request.method, request.url)) {
    answerHealth(source.health(), request.url, response)
  } else if (request.method !== 'GET' || request.url !== '/metrics') {
    response.writeHead(404).end('expected GET /metrics or GET /health\n')
  } else {
    await sendMetrics(source.metrics, response)
  }
}
