import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { PeermergeError } from '../../errors.ts'
import { closeServer, listenOn } from '../http-server.ts'
import { isLoopback, parseListenAddress, urlOf, type ListenAddress } from '../listen-address.ts'
import type { Logger } from '../logger.ts'
import { readToken } from '../metrics/read-token.ts'
import { answerPage } from './answer-page.ts'
import { LiveFeed, type FeedSource } from './live-feed.ts'
import { readPageFiles, type PageFiles } from './page-files.ts'

/** Where the dashboard answers; only ever on loopback. */
export interface DashboardSettings {
  /** `host:port`, an IPv6 host in brackets; port 0 takes a free one. @default 127.0.0.1:0 */
  readonly listen?: string | undefined
  /** File with the bearer token. @default a new one at every start */
  readonly tokenFile?: string | undefined
}

export interface DashboardPortInit extends DashboardSettings {
  readonly source: FeedSource
  readonly logger: Logger
  /** @default the page as it was built */
  readonly files?: PageFiles | undefined
}

/** Where a person finds the dashboard of a running node. */
export interface DashboardAddress {
  readonly url: string
  /** With the token, for a browser. */
  readonly open: string
}

export interface DashboardPort {
  /** Without the token. */
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

const ANYWHERE_FREE = '127.0.0.1:0'
const REQUEST_TIMEOUT_MS = 10_000
/** Pages keep one open each and load four files side by side. */
const MAX_CONNECTIONS = 64
/** Why a request could not be read, by the parser's code. */
const UNREADABLE: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'ERR_TOO_LARGE', 'the header of the request is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'ERR_TIMEOUT', 'the request did not arrive in time'],
}

/**
 * Answers a browser on this machine: the page, its data and what is new, each but the page itself for the bearer token.
 *
 * @throws PeermergeError ERR_DASHBOARD_ADDRESS, ERR_PORT_IN_USE, ERR_PAGE_MISSING; InvalidFileError - the token's file
 */
export async function openDashboardPort(init: DashboardPortInit): Promise<DashboardPort> {
  const { logger, source } = init
  const address = parseListen(init.listen ?? ANYWHERE_FREE)
  const token = init.tokenFile === undefined ? randomBytes(32).toString('base64url') : await readToken(init.tokenFile) // prettier-ignore
  const files = init.files ?? (await readPageFiles())
  const feed = new LiveFeed(source)
  const hosts = new Set<string>()
  const page = { token, hosts, files, feed, logger }
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => void answerPage(page, request, response))
  server.on('clientError', refuseUnreadable)
  const port = await bind(server, address).catch((error: unknown) => {
    feed.close()
    throw error
  })
  const url = urlOf({ ...address, port })
  for (const host of [url.slice('http://'.length), `localhost:${port}`]) hosts.add(host)
  logger.info({ url }, 'dashboard')
  const close = async (): Promise<void> => {
    feed.close()
    await closeServer(server)
  }
  return { url, token, close }
}

/** What a person opens: the fragment is not sent to the server, and the page takes it out of the address at once. */
export function addressOf({ url, token }: Pick<DashboardPort, 'url' | 'token'>): string {
  return `${url}/#token=${token}`
}

/** @throws PeermergeError ERR_DASHBOARD_ADDRESS */
function parseListen(listen: string): ListenAddress {
  const address = parseListenAddress(listen)
  if (address !== undefined && isLoopback(address)) return address
  const problem = `dashboard: expected an address of this machine such as 127.0.0.1:8686, got ${listen}; from elsewhere reach it through ssh -L` // prettier-ignore
  throw new PeermergeError('ERR_DASHBOARD_ADDRESS', problem, { listen })
}

async function bind(server: Server, { host, port }: ListenAddress): Promise<number> {
  try {
    return await listenOn(server, port, host)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    const problem = `dashboard: port ${port} is in use; say another one, or 0 for a free one`
    throw new PeermergeError('ERR_PORT_IN_USE', problem, { port }, { cause })
  }
}

/** Answers by name what is not even a request. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, code, message] = UNREADABLE[error.code ?? ''] ?? [400, 'ERR_REQUEST', 'this is no HTTP request'] // prettier-ignore
  const body = `${JSON.stringify({ error: { code, message } })}\n`
  const head = `HTTP/1.1 ${status} ${code}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`
  socket.end(head + body)
}
