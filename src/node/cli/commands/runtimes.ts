import { Command } from 'commander'
import pc from 'picocolors'
import { DEFAULT_RUNTIME, probeRuntimes, type RuntimeReport } from '../../../training/index.ts'
import { terminalTable } from '../../terminal-table.ts'
import { milliseconds } from '../../units.ts'
import type { CommandFactory } from '../command.ts'
import { positiveInteger } from '../options.ts'
import { EXIT, type Output } from '../output.ts'

/** Said on the way only where it takes longer than this. */
const QUIET_MS = 2000

interface RuntimesFlags {
  readonly probe: boolean
  readonly threads?: number
}

/** A report with its speed beside that of the default runtime: 2 is twice as slow. */
interface RankedReport extends RuntimeReport {
  readonly relative: number | null
}

export const runtimesCommand: CommandFactory = (context, done) =>
  new Command('runtimes')
    .summary('what can execute training on this machine, how fast, and why the rest cannot')
    .description(
      'Loads every runtime in a process of its own and times a training step of a small transformer (a ViT of 6 layers, 128 wide).',
    )
    .option('--no-probe', 'do not time a training step')
    .option('--threads <n>', 'processor threads of the timed step (default: all)', positiveInteger)
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge runtimes\n  peermerge runtimes --no-probe --json\n\nChoose one with --runtime of create and join, or "runtime" in a site’s config.json.',
    )
    .action(async (flags: RuntimesFlags) => {
      const { output, signal } = context()
      const notes = progressNotes(output)
      try {
        const reports = await probeRuntimes({
          shallTime: flags.probe,
          ...(flags.threads !== undefined && { threads: flags.threads }),
          signal,
          onStart: notes.onStart,
        })
        const runtimes = ranked(reports)
        output.result({ default: DEFAULT_RUNTIME, runtimes }, renderRuntimes(runtimes))
        done(EXIT.ok)
      } finally {
        notes.end()
      }
    })

/** Names the runtime at hand once it has taken long, and every later one. */
function progressNotes(output: Output): {
  readonly onStart: (name: string) => void
  readonly end: () => void
} {
  let current: string | undefined
  let isLong = false
  const note = (): void => {
    if (current !== undefined) output.note(pc.dim(`trying ${current} …`))
  }
  const timer = setTimeout(() => {
    isLong = true
    note()
  }, QUIET_MS)
  return {
    onStart: (name) => {
      current = name
      if (isLong) note()
    },
    end: () => clearTimeout(timer),
  }
}

function ranked(reports: readonly RuntimeReport[]): RankedReport[] {
  const reference = reports.find(({ name }) => name === DEFAULT_RUNTIME)?.stepMs
  return reports.map((report) => ({
    ...report,
    relative: reference && report.stepMs !== null ? report.stepMs / reference : null,
  }))
}

/** What is there as a table, what is not as sentences below it. */
export function renderRuntimes(runtimes: readonly RankedReport[]): string {
  const available = runtimes.filter(({ isAvailable }) => isAvailable)
  const rows = available.map(({ name, detail, stepMs, relative }) => [
    name === DEFAULT_RUNTIME ? `${name} (default)` : name,
    detail,
    stepMs === null ? '' : milliseconds(stepMs),
    relative === null ? '' : `${relative.toFixed(1)} ×`,
  ])
  const missing = runtimes.filter(({ isAvailable }) => !isAvailable)
  return [
    terminalTable(['runtime', 'computes with', 'training step', 'time'], rows, 2),
    ...missing.map(({ name, detail }) => `${pc.yellow(name)} cannot be used: ${withoutName(name, detail)}`),
  ].join('\n')
}

function withoutName(name: string, detail: string): string {
  return detail.replace(`runtime ${name}: `, '')
}
