import { pino } from 'pino'
import type { Logger } from '../../src/node/logger.ts'
import type { Scheduler } from './scheduler.ts'

interface LogLine {
  readonly level: number
  readonly msg: string
  readonly err?: { readonly message: string; readonly stack: string }
}

const ERROR = 50

/** What an honest node logs as an error, which only a person could mend, is a mishap of the run: here nothing is broken but the network. */
export function logInto(
  mishaps: string[],
  scheduler: Scheduler,
  name: string,
  isHonest: boolean,
  isVerbose: boolean,
): Logger {
  const write = (text: string): void => {
    const { level, msg, err } = JSON.parse(text) as LogLine
    if (level >= ERROR && isHonest) mishaps.push(`${name} logs: ${msg}; ${err?.stack ?? ''}`)
    if (isVerbose) scheduler.tell(name, `logs: ${msg} ${err?.message ?? ''}`)
  }
  return pino({ level: isVerbose ? 'debug' : 'error', base: null }, { write })
}
