import { Command, Option } from 'commander'
import pc from 'picocolors'
import { createLogger, type LogLevel } from '../../logger.ts'
import { createNode } from '../../node.ts'
import { describeEvent } from '../../describe-event.ts'
import type { NodeEvent, PeermergeNode } from '../../types.ts'
import { collect, homeOption, positiveInteger } from '../options.ts'
import { CrashGuard } from '../crash-guard.ts'
import { EXIT, type Output } from '../output.ts'
import type { CommandFactory } from '../command.ts'

interface RunFlags {
  readonly home: string
  readonly peer?: readonly string[]
  readonly state?: string
  readonly mergeThreads?: number
  readonly logLevel: LogLevel
}

export const runCommand: CommandFactory = (context, done) =>
  new Command('run')
    .summary('run this site’s node')
    .description(
      'Trains, gossips and merges until it is stopped (Ctrl-C). With --json every event is one line on standard output.',
    )
    .addOption(homeOption())
    .option(
      '--peer <multiaddr>',
      'address of a member besides those in the settings, may be given again',
      collect,
    )
    .option(
      '--state <file>',
      'state that training starts from until there is a merge, as import or export --format safetensors wrote it',
    )
    .option(
      '--merge-threads <n>',
      'most threads of a merge (default: one less than the cores, 1 to 4)',
      positiveInteger,
    )
    .addOption(
      new Option('--log-level <level>', 'of the log on standard error')
        .choices(['silent', 'error', 'warn', 'info', 'debug', 'trace'])
        .default('warn'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge run --home ./hospital-a\n  peermerge run --home ./hospital-b --json | jq -c \'select(.type == "merged")\'',
    )
    .action(async (flags: RunFlags) => {
      const { output, signal: stopping } = context()
      const logger = createLogger({ level: flags.logLevel, pretty: !output.json })
      using crash = new CrashGuard(logger)
      const signal = AbortSignal.any([stopping, crash.signal])
      const init = { ...flags, peers: flags.peer ?? [], logger, progress: process.stderr }
      await using node = await createNode(init)
      node.subscribe((event) => say(output, event))
      await startUnless(signal, node)
      const { peer, addresses } = node.status()
      if (output.json) output.event({ type: 'started', peer, addresses })
      else output.note(`${pc.bold(peer)}\nlistening on ${addresses.join(', ')}`)
      await aborted(signal)
      crash.signal.throwIfAborted()
      done(EXIT.ok)
    })

/** Starting may take long where the backbone has to be fetched; a signal ends it. */
async function startUnless(signal: AbortSignal, node: PeermergeNode): Promise<void> {
  const stop = (): void => void node.stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await node.start()
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function say(output: Output, event: NodeEvent): void {
  if (output.json) return output.event(event)
  const text = describeEvent(event)
  if (text !== undefined) output.note(text)
}
