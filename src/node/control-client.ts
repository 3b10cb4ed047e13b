import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { NodeCommand } from './command-request.ts'
import type { ControlFile } from './control.ts'
import { NotRunningError } from './errors.ts'
import type { HomePaths } from './home.ts'
import { parseJson } from './parse-json.ts'
import type { TimedEvent } from './recent-events.ts'
import type { NodeStatus } from './status/types.ts'
import { restoreError, type ErrorMessage } from './worker-message.ts'

const REQUEST_TIMEOUT_MS = 10_000
/** A statement is signed and forced to disk; a busy disk takes its time. */
const COMMAND_TIMEOUT_MS = 60_000
/** Status of an answer that holds the error. */
const COMMAND_FAILED = 400
/** The node writes at least an empty line every 15 s. */
const SILENCE_TIMEOUT_MS = 60_000

const controlFileSchema = z.strictObject({
  v: z.literal(1),
  pid: z.number().int(),
  url: z.url(),
  token: z.string(),
})

export interface EventsOptions {
  readonly signal: AbortSignal
  readonly sinceStart?: boolean | undefined
}

/** Talks to the node that runs a home. */
export interface ControlClient {
  readonly pid: number
  status(options?: { readonly signal?: AbortSignal }): Promise<NodeStatus>
  /** In the text format of Prometheus. */
  metrics(options?: { readonly signal?: AbortSignal }): Promise<string>
  /**
   * Events from now on, until the node stops or `signal` aborts, which ends the loop and throws nothing; with `sinceStart` those that it remembers
   * first. @throws NotRunningError - no node answers, or it has fallen silent
   */
  events(options: EventsOptions): AsyncGenerator<TimedEvent>
  /** Has the node do something; throws its error as if it had happened here. */
  execute(command: NodeCommand, options?: { readonly signal?: AbortSignal }): Promise<unknown>
  stop(options?: { readonly signal?: AbortSignal }): Promise<void>
}

/** @throws NotRunningError - no node runs this home */
export async function connectControl(paths: Pick<HomePaths, 'root' | 'control'>): Promise<ControlClient> {
  let text
  try {
    text = await readFile(paths.control, 'utf8')
  } catch (error) {
    throw new NotRunningError(paths.root, { cause: error })
  }
  const file = parseJson(controlFileSchema, text, paths.control)
  return {
    pid: file.pid,
    status: async (options) =>
      (await (await ask(paths.root, file, 'GET', '/status', options)).json()) as NodeStatus,
    metrics: async (options) => (await ask(paths.root, file, 'GET', '/metrics', options)).text(),
    events: (options) => readEvents(paths.root, file, options),
    execute: (command, options) => execute(paths.root, file, command, options),
    stop: async (options) => {
      await (await ask(paths.root, file, 'POST', '/stop', options)).text()
    },
  }
}

async function execute(
  home: string,
  file: ControlFile,
  command: NodeCommand,
  options: { readonly signal?: AbortSignal } = {},
): Promise<unknown> {
  const body = JSON.stringify(command)
  const response = await ask(home, file, 'POST', '/command', { ...options, body, timeoutMs: COMMAND_TIMEOUT_MS }) // prettier-ignore
  const answer = (await response.json()) as { result: unknown } | { error: ErrorMessage }
  if ('error' in answer) throw restoreError(answer.error)
  return answer.result
}

async function ask(
  home: string,
  { url, token }: ControlFile,
  method: string,
  path: string,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number; readonly body?: string } = {},
): Promise<Response> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? REQUEST_TIMEOUT_MS)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout])
  let response
  try {
    const { body = null } = options
    response = await fetch(`${url}${path}`, { method, signal, body, headers: { authorization: `Bearer ${token}` } }) // prettier-ignore
  } catch (error) {
    options.signal?.throwIfAborted()
    throw new NotRunningError(home, { cause: error })
  }
  if (!response.ok && response.status !== COMMAND_FAILED)
    throw new NotRunningError(home, { cause: new Error(`${url}${path}: ${response.status}`) })
  return response
}

async function* readEvents(
  home: string,
  file: ControlFile,
  options: EventsOptions,
): AsyncGenerator<TimedEvent> {
  for await (const line of readLines(home, file, options))
    if (line !== '') yield JSON.parse(line) as TimedEvent
}

async function* readLines(
  home: string,
  file: ControlFile,
  { signal, sinceStart = false }: EventsOptions,
): AsyncGenerator<string> {
  const silence = new AbortController()
  const alarm = setTimeout(() => silence.abort(), SILENCE_TIMEOUT_MS)
  try {
    const response = await fetch(`${file.url}/events${sinceStart ? '?since=start' : ''}`, {
      headers: { authorization: `Bearer ${file.token}` },
      signal: AbortSignal.any([signal, silence.signal]),
    })
    if (!response.ok || response.body === null) throw new Error(`${file.url}/events: ${response.status}`)
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body) {
      alarm.refresh()
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (cause) {
    if (!signal.aborted) throw new NotRunningError(home, { cause })
  } finally {
    clearTimeout(alarm)
  }
}
