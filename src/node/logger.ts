import { pino, type Logger as PinoLogger } from 'pino'

export type Logger = PinoLogger

/** Every namespace that logs, as field `at`. */
export type LogNamespace =
  | 'node'
  | 'node:store'
  | 'node:judge'
  | 'node:merge'
  | 'node:schedule'
  | 'node:control'
  | 'gossip'
  | 'training'

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

export interface LoggerInit {
  /** @default 'info' */
  readonly level?: LogLevel
  /** Lines for people on stderr, in place of JSON. @default false */
  readonly pretty?: boolean
  /** File to append to. @default stderr */
  readonly file?: string
}

/** The root logger; a part takes {@link namespaced}. Standard output is kept free for results. */
export function createLogger(init: LoggerInit = {}): Logger {
  const level = init.level ?? 'info'
  if (init.pretty === true) {
    const options = { destination: init.file ?? 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }
    return pino({ level, transport: { target: 'pino-pretty', options } })
  }
  return pino({ level, base: { pid: process.pid } }, pino.destination(init.file ?? 2))
}

export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}

export function namespaced(logger: Logger, at: LogNamespace): Logger {
  return logger.child({ at })
}
