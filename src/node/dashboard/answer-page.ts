import type { IncomingMessage, ServerResponse } from 'node:http'
import { carriesToken } from '../http-server.ts'
import type { Logger } from '../logger.ts'
import { RequestError } from '../serve/serve-error.ts'
import { errorMessage } from '../worker-message.ts'
import type { LiveFeed } from './live-feed.ts'
import type { PageFiles } from './page-files.ts'

/** What requests are answered by. */
export interface PageInit {
  readonly token: string
  /** Values of the header `host` under which the page is asked for; any other is another site's name for this address. */
  readonly hosts: ReadonlySet<string>
  readonly files: PageFiles
  readonly feed: LiveFeed
  readonly logger: Pick<Logger, 'error'>
}

/** Longest path of a request. */
const MAX_URL = 1024
/** `<run>.<number>` of the newest entry that a page has. */
const LAST_EVENT = /^([0-9a-f-]{1,64})\.(-?\d{1,15})$/

/** Sent with every answer: nothing is loaded, framed, sniffed, kept or told from elsewhere. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** Never rejects. */
export async function answerPage(
  init: PageInit,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  try {
    assertPlain(init, request)
    request.resume()
    await answerTo(init, request, response)
  } catch (error) {
    refuse(init, request, response, error)
  }
}

/** @throws RequestError - another method, host or size than the page's own requests have */
function assertPlain({ hosts }: PageInit, { method, url = '', headers }: IncomingMessage): void {
  if (method !== 'GET') throw new RequestError(405, 'ERR_METHOD', `${method ?? ''}: expected GET, as the dashboard only shows`) // prettier-ignore
  if (!hosts.has(headers.host ?? '')) {
    const problem = `host ${JSON.stringify(headers.host ?? '')}: expected ${[...hosts].join(' or ')}`
    throw new RequestError(421, 'ERR_HOST', problem)
  }
  if (url.length > MAX_URL) throw new RequestError(414, 'ERR_TOO_LARGE', `the path has more than ${MAX_URL} characters`) // prettier-ignore
  const hasBody = Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined
  if (hasBody) throw new RequestError(413, 'ERR_TOO_LARGE', 'a request of the dashboard has no body')
}

async function answerTo(init: PageInit, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?')
  const file = init.files.get(path)
  if (file !== undefined) {
    response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.byteLength })
    response.end(file.body)
    return
  }
  if (path !== '/api/state' && path !== '/api/events') {
    const expected = 'expected /, /api/state or /api/events'
    throw new RequestError(404, 'ERR_NOT_FOUND', `${path}: ${expected}`)
  }
  if (!carriesToken(request, init.token)) {
    const advice = 'expected the bearer token of this dashboard; peermerge dashboard prints a URL that has it'
    throw new RequestError(401, 'ERR_UNAUTHENTICATED', advice)
  }
  if (path === '/api/state') send(response, 200, await init.feed.state())
  else await init.feed.follow(response, lastEvent(request))
}

/** @throws RequestError ERR_REQUEST */
function lastEvent({ headers }: IncomingMessage): { readonly run: string; readonly n: number } | undefined {
  const said = headers['last-event-id']
  if (said === undefined) return undefined
  const match = typeof said === 'string' ? LAST_EVENT.exec(said) : null
  if (match === null) throw new RequestError(400, 'ERR_REQUEST', `last-event-id ${JSON.stringify(said)}: expected RUN.NUMBER`) // prettier-ignore
  return { run: match[1]!, n: Number(match[2]) }
}

function refuse(init: PageInit, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  request.resume() // what is left of a body that is not read
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { code, message } = errorMessage(error)
  const status = error instanceof RequestError ? error.status : 500
  if (status === 500) init.logger.error({ code, problem: message }, 'the dashboard could not answer')
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  if (status === 405) response.setHeader('allow', 'GET')
  response.setHeader('connection', 'close')
  const shown = status === 500 ? 'the node could not answer; its log says why' : message
  send(response, status, { error: { code, message: shown } })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}
