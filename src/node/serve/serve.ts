import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import { readConfig, type HomePaths } from '../home.ts'
import { closeServer, listenOn } from '../http-server.ts'
import type { Logger } from '../logger.ts'
import { readToken } from '../metrics/read-token.ts'
import type { FoundModel } from '../predict/find-model.ts'
import { answerRequest } from './answer-request.ts'
import { RequestBatcher } from './request-batcher.ts'
import { removeServeFile, SERVE_FILE, writeServeFile } from './serve-file.ts'
import { MAX_CONNECTIONS, REQUEST_TIMEOUT_MS, STOP_TIMEOUT_MS } from './serve-limits.ts'
import { AnsweringModel } from './answering-model.ts'

export interface ServeInit {
  /** As a person writes it. @default what the site answers by, as that changes */
  readonly model?: string | undefined
  /** On loopback; 0 takes a free one. */
  readonly port: number
  /** File with the bearer token. @default a new one */
  readonly tokenFile?: string | undefined
  /** Where address and token are written. @default serve.json in the home */
  readonly addressFile?: string | undefined
  readonly logger: Logger
  readonly progress?: NodeJS.WriteStream | undefined
  readonly signal: AbortSignal
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  /** File that holds address and token. */
  readonly addressFile: string
  readonly model: FoundModel
  /** Takes no more requests, answers those that it has, and ends. Harmless twice. */
  stop(): Promise<void>
}

const LOOPBACK = '127.0.0.1'

/**
 * Answers requests over HTTP on loopback by a model of a home, in which a node may be running.
 *
 * @throws what finding and using the model throw; PeermergeError ERR_PORT_IN_USE, ERR_ALREADY_SERVING; InvalidFileError - the token's file
 */
export async function startServing(paths: HomePaths, init: ServeInit): Promise<RunningServer> {
  const { logger, progress, signal, tokenFile } = init
  const token = tokenFile === undefined ? randomBytes(32).toString('base64url') : await readToken(tokenFile)
  const served = new AnsweringModel({ paths, config: await readConfig(paths), model: init.model, logger })
  try {
    await served.start({ progress, signal })
    return await listen(served, token, init, init.addressFile ?? join(paths.root, SERVE_FILE))
  } catch (error) {
    await served.close()
    throw error
  }
}

async function listen(
  served: AnsweringModel,
  token: string,
  { port, logger }: ServeInit,
  addressFile: string,
): Promise<RunningServer> {
  let stopping: Promise<void> | undefined
  let url = ''
  const batcher = new RequestBatcher((inputs, options) => served.predict(inputs, options))
  const serving = { token, url: () => url, model: served, batcher, isStopping: () => stopping !== undefined, logger } // prettier-ignore
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => void answerRequest(serving, request, response))
  server.on('clientError', (_error, socket) => socket.destroy())
  url = `http://${LOOPBACK}:${await bind(server, port)}`
  try {
    await writeServeFile(addressFile, { v: 1, pid: process.pid, url, token })
  } catch (error) {
    await closeServer(server)
    throw error
  }
  logger.info({ url }, 'serving')
  const stop = (): Promise<void> => (stopping ??= stopServing(server, batcher, served, addressFile))
  return { url, addressFile, model: served.model!, stop, [Symbol.asyncDispose]: stop }
}

async function bind(server: Server, port: number): Promise<number> {
  try {
    return await listenOn(server, port, LOOPBACK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE') throw cause
    const text = `port ${port} is in use; say another --port, or 0 for a free one`
    throw new PeermergeError('ERR_PORT_IN_USE', text, { port }, { cause })
  }
}

/** Requests that are here are answered first, within a limit. */
async function stopServing(
  server: Server,
  batcher: RequestBatcher,
  served: AnsweringModel,
  addressFile: string,
): Promise<void> {
  await removeServeFile(addressFile)
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_TIMEOUT_MS)))
  await Promise.race([batcher.whenIdle(), tooLong])
  clearTimeout(timer)
  await closeServer(server)
  await served.close()
}
