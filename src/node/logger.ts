import { pino, type Level, type Logger as PinoLogger } from 'pino'
import { levelOf, parseLogLevels } from './log-levels.ts'

export type Logger = PinoLogger

/** Every namespace that logs, as field `at`. */
export type LogNamespace =
  | 'node'
  | 'node:store'
  | 'node:judge'
  | 'node:merge'
  | 'node:schedule'
  | 'node:control'
  | 'node:metrics'
  | 'node:dashboard'
  | 'gossip'
  | 'training'

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

export interface LoggerInit {
  /** @default 'info' */
  readonly level?: LogLevel
  /** Lines for people on stderr, in place of JSON. @default false */
  readonly pretty?: boolean
}

const TIME = pino.stdTimeFunctions.isoTime

/** The root logger, on standard error; a part takes {@link namespaced}. Standard output is kept free for results. */
export function createLogger(init: LoggerInit = {}): Logger {
  const level = init.level ?? 'info'
  if (init.pretty === true) {
    const options = { destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }
    return pino({ level, transport: { target: 'pino-pretty', options } })
  }
  return pino({ level, base: { pid: process.pid }, timestamp: TIME }, pino.destination(2))
}

/** A logger that appends JSON lines to a file. */
export interface FileLog extends Disposable {
  readonly logger: Logger
  /** After the file has been renamed: goes on in a new one of the old name. */
  reopen(): void
}

/** Written line by line, so that a crash loses none. @throws Error - the file cannot be written */
export function openFileLog(file: string, level: LogLevel = 'info'): FileLog {
  const destination = pino.destination({ dest: file, append: true, sync: true, mode: 0o600 })
  const logger = pino({ level, base: { pid: process.pid }, timestamp: TIME }, destination)
  return { logger, reopen: () => destination.reopen(), [Symbol.dispose]: () => destination.end() }
}

export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}

const levels = parseLogLevels(process.env.PEERMERGE_LOG ?? '')

/** A part's logger; its level is the root's, or what PEERMERGE_LOG says of the namespace. */
export function namespaced(logger: Logger, at: LogNamespace): Logger {
  const level: Level | undefined = levelOf(levels, at)
  return logger.child({ at }, level === undefined || logger.level === 'silent' ? {} : { level })
}
