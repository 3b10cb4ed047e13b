import type { Command } from 'commander'
import type { Output } from './output.ts'

/** What a command's action gets besides its own options. */
export interface CommandContext {
  readonly output: Output
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

/** A command adds itself to the program; its action returns the exit code. */
export type CommandFactory = (context: () => CommandContext, done: (code: number) => void) => Command
