import pc from 'picocolors'
import { PeermergeError } from '../../errors.ts'

/** Exit codes of every command; documented in docs/cli.md. */
export const EXIT = { ok: 0, checkFailed: 1, badInput: 2, environment: 3, interrupted: 130 } as const

/** Failures of the machine rather than of what was asked: a retry or another port may help. */
const ENVIRONMENT_CODES = new Set([
  'EADDRINUSE',
  'EACCES',
  'ENOSPC',
  'ERR_PORT_IN_USE',
  'ERR_ALREADY_SERVING',
  'ERR_HOME_LOCKED',
  'ERR_TIMEOUT',
  'ERR_SPILL',
  'ERR_HUB_UNREACHABLE',
  'ERR_UNREACHABLE',
  'ERR_TRAINER_CRASHED',
  'ERR_CRASHED',
])

/** Where a command writes: results to stdout, everything said on the way to stderr. */
export interface Output {
  readonly json: boolean
  /** One JSON document, or the text for a person. */
  result(value: unknown, text: string): void
  /** One line of a stream of JSON documents; silent for a person. */
  event(value: unknown): void
  /** Part of a result that comes bit by bit, in the form that was asked for. */
  lines(text: string): void
  note(text: string): void
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result: (value, text) => write(process.stdout, json ? JSON.stringify(value, null, 2) : text),
    event: (value) => json && write(process.stdout, JSON.stringify(value)),
    lines: (text) => write(process.stdout, text),
    note: (text) => write(process.stderr, text),
  }
}

/** Prints a failure once, in the form that was asked for, and returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  const { code, message, detail, stack } = describeFailure(error)
  if (json) write(process.stdout, JSON.stringify({ error: { code, message, detail } }))
  else write(process.stderr, `${pc.red('error')} ${message} ${pc.dim(`[${code}]`)}`)
  if (code === UNEXPECTED) write(process.stderr, pc.dim(stack ?? ''))
  if (code === ABORTED) return EXIT.interrupted
  return ENVIRONMENT_CODES.has(code) ? EXIT.environment : EXIT.badInput
}

const UNEXPECTED = 'ERR_UNEXPECTED'
const ABORTED = 'ERR_STOPPED_BY_SIGNAL'

function describeFailure(error: unknown): {
  code: string
  message: string
  detail: object
  stack: string | undefined
} {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const detail = error instanceof PeermergeError ? error.detail : {}
  const code = (error as { code?: unknown }).code
  if (name === 'AbortError') return { code: ABORTED, message, detail, stack }
  return { code: typeof code === 'string' ? code : UNEXPECTED, message, detail, stack }
}

function write(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${text}\n`)
}
