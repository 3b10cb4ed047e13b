import { Option, type Command } from 'commander'
import { createLogger, openFileLog, type Logger, type LogLevel } from '../logger.ts'

export interface LogFlags {
  readonly logLevel?: LogLevel
  readonly logFile?: string
}

const LEVELS: readonly LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug', 'trace']

export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--log-level <level>', 'of the log (default: warn, in a file info)')
        .env('PEERMERGE_LOG_LEVEL')
        .choices(LEVELS),
    )
    .option('--log-file <file>', 'append the log to a file instead of standard error; opened anew on SIGHUP')
}

/** Of a file or standard error; JSON lines unless a person reads along on a terminal. */
export function openLog(
  { logFile, logLevel }: LogFlags,
  json: boolean,
): { readonly logger: Logger } & Disposable {
  if (logFile === undefined) {
    const logger = createLogger({ level: logLevel ?? 'warn', pretty: !json && process.stderr.isTTY })
    return { logger, [Symbol.dispose]: () => undefined }
  }
  const log = openFileLog(logFile, logLevel)
  const reopen = (): void => log.reopen()
  process.on('SIGHUP', reopen)
  return {
    logger: log.logger,
    [Symbol.dispose]: () => {
      process.off('SIGHUP', reopen)
      log[Symbol.dispose]()
    },
  }
}
