import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { PeermergeError } from '../errors.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { checkCommand, MAX_COMMAND_BYTES, type NodeCommand } from './command-request.ts'
import { answerHealth, asksHealth } from './health/answer-health.ts'
import { healthOf } from './health/health-of.ts'
import { carriesToken, closeServer, listenOn } from './http-server.ts'
import { errorMessage } from './worker-message.ts'
import type { Logger } from './logger.ts'
import type { MetricsSource } from './metrics/metrics-source.ts'
import { eventLine } from './recent-events.ts'
import type { NodeEvent } from './node-event.ts'
import type { NodeStatus } from './status/types.ts'

/** What the control port may ask of a node. */
export interface ControlTarget {
  status(): NodeStatus
  subscribe(listener: (event: NodeEvent) => void): () => void
  readonly metrics: MetricsSource
  /** Lines of events since the start, as far as they are remembered. */
  recentEvents(): readonly string[]
  /** Does what a person asks for; the answer is JSON. */
  execute(command: NodeCommand): Promise<unknown>
  /** Asked to end; returns at once. */
  requestStop(): void
}

/** Contents of control.json: where the running node answers, and the secret that it asks for. */
export interface ControlFile {
  readonly v: 1
  readonly pid: number
  readonly url: string
  readonly token: string
}

export interface Control extends AsyncDisposable {
  readonly url: string
  close(): Promise<void>
}

/** A dashboard, a CLI and a supervisor at once; more is somebody else's loop. */
const MAX_CONNECTIONS = 32
const REQUEST_TIMEOUT_MS = 10_000
/** An empty line this often, so that a reader notices a dead node. */
const KEEP_ALIVE_MS = 15_000
/** Events waiting for a slow reader; beyond it the reader is cut off. */
const MAX_WAITING_BYTES = 1_048_576

/**
 * Answers on loopback, for processes of the same user: `GET /status`, `GET /health` (and `/health/live`, `/ready`, `/agreement`), `GET /metrics` (for Prometheus), `GET /events` (one JSON object a line, until the
 * caller hangs up; with `?since=start` the newest of before first), `POST /command` (one JSON object, answered with its result or the error) and `POST /stop`. Each request carries the bearer token of control.json.
 */
export async function startControl(
  target: ControlTarget,
  controlFile: string,
  logger: Logger,
): Promise<Control> {
  const token = randomBytes(32).toString('base64url')
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => answer(target, token, request, response))
  server.on('clientError', (_error, socket) => socket.destroy())
  const port = await listenOn(server, 0, '127.0.0.1')
  const url = `http://127.0.0.1:${port}`
  const file: ControlFile = { v: 1, pid: process.pid, url, token }
  await writeFileAtomic(controlFile, `${JSON.stringify(file)}\n`, { mode: 0o600 })
  logger.debug({ url }, 'control port open')
  const close = async (): Promise<void> => {
    await rm(controlFile, { force: true })
    await closeServer(server)
  }
  return { url, close, [Symbol.asyncDispose]: close }
}

function answer(
  target: ControlTarget,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (!carriesToken(request, token)) {
    request.resume()
    send(response, 401, { error: 'expected the bearer token of control.json' })
    return
  }
  if (request.method === 'POST' && request.url === '/command') {
    void answerCommand(target, request, response)
    return
  }
  request.resume() // no other request has a body worth reading
  if (asksHealth(request.method, request.url)) {
    answerHealth(healthOf(target.status()), request.url, response)
    return
  }
  switch (`${request.method ?? ''} ${request.url ?? ''}`) {
    case 'GET /status':
      send(response, 200, target.status())
      return
    case 'GET /metrics':
      void sendMetrics(target.metrics, response)
      return
    case 'GET /events':
    case 'GET /events?since=start':
      streamEvents(target, response, request.url === '/events?since=start')
      return
    case 'POST /stop':
      send(response, 202, { stopping: true })
      target.requestStop()
      return
    default:
      send(response, 404, {
        error: 'expected GET /status, GET /health, GET /metrics, GET /events, POST /command or POST /stop',
      })
  }
}

/** Answers 200 with `{ result }` or 400 with `{ error }`, as the command line prints it. */
async function answerCommand(
  target: ControlTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const result = await target.execute(checkCommand(await readBody(request)))
    send(response, 200, { result: result ?? null })
  } catch (error) {
    request.resume() // what is left of a body over the limit
    if (request.errored === null) send(response, 400, { error: errorMessage(error) })
  }
}

/** @throws PeermergeError ERR_COMMAND - over the limit; the rest is not kept */
async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.byteLength
    if (size > MAX_COMMAND_BYTES) {
      const problem = `control port: a command of more than ${MAX_COMMAND_BYTES} bytes; make it smaller`
      throw new PeermergeError('ERR_COMMAND', problem)
    }
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}

/** Also for the port that a Prometheus server may be given; never rejects. */
export async function sendMetrics(metrics: MetricsSource, response: ServerResponse): Promise<void> {
  try {
    const text = await metrics.text()
    response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text)
  } catch (error) {
    send(response, 500, { error: errorMessage(error) })
  }
}

function streamEvents(target: ControlTarget, response: ServerResponse, sinceStart: boolean): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  response.flushHeaders()
  const write = (line: string): void => {
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy()
    else response.write(line)
  }
  if (sinceStart) for (const line of target.recentEvents()) response.write(line)
  const unsubscribe = target.subscribe((event) => {
    write(eventLine(event))
    if (event.type === 'stopped') response.end()
  })
  const keepAlive = setInterval(() => write('\n'), KEEP_ALIVE_MS).unref()
  response.on('close', () => {
    clearInterval(keepAlive)
    unsubscribe()
  })
}
