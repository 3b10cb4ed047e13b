import { Command, Option } from 'commander'
import pc from 'picocolors'
import { createNode } from '../../node.ts'
import { describeEvent } from '../../describe-event.ts'
import { PeermergeError } from '../../../errors.ts'
import type { DashboardSettings } from '../../dashboard/dashboard-port.ts'
import type { MetricsSettings, PeermergeNode } from '../../node-api.ts'
import { memoryText } from '../../memory/memory-text.ts'
import type { NodeEvent } from '../../node-event.ts'
import type { NodeStatus } from '../../status/types.ts'
import { addLogOptions, openLog, type LogFlags } from '../log-options.ts'
import { byteRate, collectAddress, homeOption, listenOnlyOption, positiveInteger } from '../options.ts'
import { addReachOptions, type ReachFlags } from '../reach-options.ts'
import { CrashGuard } from '../crash-guard.ts'
import { EXIT, type Output } from '../output.ts'
import type { CommandFactory } from '../command.ts'

interface RunFlags extends LogFlags, ReachFlags {
  readonly home: string
  readonly peer?: readonly string[]
  readonly state?: string
  readonly forcePublish?: boolean
  readonly listenOnly?: boolean
  readonly mergeThreads?: number
  readonly maxUpload?: number
  readonly maxDownload?: number
  readonly metrics?: string
  readonly metricsTokenFile?: string
  readonly dashboard?: string | true
  readonly dashboardTokenFile?: string
}

export const runCommand: CommandFactory = (context, done) =>
  addLogOptions(describeRun())
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge run --home ./hospital-a\n  peermerge run --home ./hospital-a --max-upload 500k --max-download 2M\n  peermerge run --home ./hospital-b --json | jq -c \'select(.type == "merged")\'' +
        '\n  peermerge run --home ./hospital-a --relay --announce hospital-a.example:4001\n  peermerge run --home ./hospital-b --reachable no\n  peermerge run --home ./hospital-a --dashboard 127.0.0.1:8686',
    )
    .action(async (flags: RunFlags) => {
      const { output, signal: stopping } = context()
      using log = openLog(flags, output.json)
      const { logger } = log
      using crash = new CrashGuard(logger)
      const signal = AbortSignal.any([stopping, crash.signal])
      const init = {
        ...flags,
        peers: flags.peer ?? [],
        bandwidth: { upBytesPerSecond: flags.maxUpload, downBytesPerSecond: flags.maxDownload },
        metrics: metricsSettings(flags),
        dashboard: dashboardSettings(flags),
        logger,
        progress: process.stderr,
      }
      await using node = await createNode(init)
      node.subscribe((event) => say(output, event))
      await startUnless(signal, node)
      sayStarted(output, node.status())
      await Promise.race([aborted(signal), node.whenStopped()])
      crash.signal.throwIfAborted()
      done(EXIT.ok)
    })

function metricsSettings({ metrics, metricsTokenFile: tokenFile }: RunFlags): MetricsSettings | undefined {
  if (metrics !== undefined) return { listen: metrics, tokenFile }
  if (tokenFile === undefined) return undefined
  throw new PeermergeError('ERR_OPTIONS', '--metrics-token-file needs --metrics ADDRESS; give both')
}

function dashboardSettings({
  dashboard,
  dashboardTokenFile: tokenFile,
}: RunFlags): DashboardSettings | undefined {
  if (typeof dashboard === 'string') return { listen: dashboard, tokenFile }
  if (dashboard === true) return { tokenFile }
  if (tokenFile === undefined) return undefined
  throw new PeermergeError('ERR_OPTIONS', '--dashboard-token-file needs --dashboard; give both')
}

function describeRun(): Command {
  const described = new Command('run')
    .summary('run this site’s node')
    .description(
      'Trains, gossips and merges until it is stopped (Ctrl-C). What is said here holds for this run, in place of the settings. With --json every event is one line on standard output.',
    )
    .addOption(homeOption())
    .option(
      '--peer <address>',
      'HOST:PORT or multiaddr of a member besides those in the settings, may be given again',
      collectAddress,
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
    .option(
      '--force-publish',
      'publish also what makes this site’s held-out samples worse than what it was trained from, with a warning',
    )
    .addOption(listenOnlyOption())
    .option('--max-upload <rate>', 'most that payloads may send, in bytes a second: 800k, 2.5M', byteRate)
    .option('--max-download <rate>', 'most that payloads may receive, likewise', byteRate)
    .addOption(
      new Option(
        '--metrics <address>',
        'answer a Prometheus server there, e.g. 127.0.0.1:9464 (default: the settings)',
      ).env('PEERMERGE_METRICS'),
    )
    .addOption(
      new Option(
        '--metrics-token-file <file>',
        'bearer token asked for there; without one the address must be loopback',
      ).env('PEERMERGE_METRICS_TOKEN_FILE'),
    )
    .addOption(
      new Option(
        '--dashboard [address]',
        'open the dashboard with the node, on a free port or e.g. 127.0.0.1:8686 (default: the settings)',
      ).env('PEERMERGE_DASHBOARD'),
    )
    .addOption(
      new Option(
        '--dashboard-token-file <file>',
        'bearer token of the dashboard (default: a new one at every start)',
      ).env('PEERMERGE_DASHBOARD_TOKEN_FILE'),
    )
  return addReachOptions(described).option('--no-relay', 'do not, whatever the settings say')
}

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

function sayStarted(output: Output, { peer, addresses, memory }: NodeStatus): void {
  if (output.json) return output.event({ type: 'started', peer, addresses, memory })
  const takes = memory === null ? '' : `\n${memoryText(memory)}`
  output.note(`${pc.bold(peer)}\nlistening on ${addresses.join(', ')}${takes}`)
}

function say(output: Output, event: NodeEvent): void {
  if (output.json) return output.event(event)
  const text = describeEvent(event)
  if (text !== undefined) output.note(text)
}
