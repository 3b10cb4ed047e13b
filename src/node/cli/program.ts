import { Command, CommanderError } from 'commander'
import type { CommandContext } from './command.ts'
import { commandsFor } from './command-table.ts'
import { createOutput, EXIT, reportFailure } from './output.ts'

/** Parses `argv` (without node and script), runs one command and returns its exit code. */
export async function runProgram(argv: readonly string[], version: string): Promise<number> {
  const controller = new AbortController()
  const stop = (): void => controller.abort(new DOMException('stopped by a signal', 'AbortError'))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const closed = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error
    controller.abort(new DOMException('nobody reads standard output any more', 'AbortError'))
  }
  process.stdout.on('error', closed) // as where the output goes into head
  let code: number = EXIT.ok
  const program = describeProgram(version)
  const context = (): CommandContext => ({ output: createOutput(isJson(program)), signal: controller.signal })
  for (const factory of await commandsFor(argv)) {
    program.addCommand(
      inherit(
        program,
        factory(context, (value) => (code = value)),
      ),
    )
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput
    return reportFailure(error, isJson(program))
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** Commands of a command take after it, too. */
function inherit(from: Command, command: Command): Command {
  command.copyInheritedSettings(from)
  for (const inner of command.commands) inherit(command, inner)
  return command
}

function describeProgram(version: string): Command {
  return new Command('peermerge')
    .description(
      'Train adapters on private data, gossip small signed contributions, compute the same merge on every peer.',
    )
    .version(version)
    .option('--json', 'machine-readable output: one JSON document, or one a line for commands that go on')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options and examples)')
}

function isJson(program: Command): boolean {
  return program.opts<{ json?: boolean }>().json === true
}
