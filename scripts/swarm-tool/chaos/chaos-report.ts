import Table from 'cli-table3'
import type { Verdict } from '../verdict.ts'

/** What was done, and how long it took until everybody had what had been made by then. */
export interface FaultRecord {
  readonly what: string
  /** Since the chaos began. */
  readonly atMs: number
  /** Null where it did not come to that in time. */
  readonly agreedAfterMs: number | null
}

export interface ChaosReport {
  readonly seed: string
  readonly ms: number
  readonly faults: readonly FaultRecord[]
  readonly made: number
  readonly lost: readonly string[]
  readonly duplicated: readonly string[]
  readonly digests: readonly string[]
  readonly silent: readonly string[]
  /** From the last fault until everybody was done and held the same. */
  readonly settledAfterMs: number | null
  /** Most that each site's container was seen to take. */
  readonly memory: Readonly<Record<string, number>>
  readonly passed: boolean
}

export interface ReportFacts {
  readonly seed: string
  readonly ms: number
  readonly faults: readonly FaultRecord[]
  readonly verdict: Verdict
  readonly settledAfterMs: number | null
  readonly memory: ReadonlyMap<string, number>
}

export function chaosReport({ seed, ms, faults, verdict, settledAfterMs, memory }: ReportFacts): ChaosReport {
  const { lost, duplicated } = verdict
  return {
    seed,
    ms,
    faults,
    made: [...verdict.made.values()].reduce((sum, count) => sum + count, 0),
    lost,
    duplicated,
    digests: [...verdict.digests],
    silent: verdict.silent,
    settledAfterMs,
    memory: Object.fromEntries(memory),
    passed: settledAfterMs !== null && faults.every(({ agreedAfterMs }) => agreedAfterMs !== null),
  }
}

export function renderChaos(report: ChaosReport): string {
  const faults = new Table({
    head: ['at', 'fault', 'all had caught up after'],
    style: { head: [], border: [] },
  })
  for (const { atMs, what, agreedAfterMs } of report.faults) faults.push([seconds(atMs), what, seconds(agreedAfterMs)]) // prettier-ignore
  const memory = Object.entries(report.memory).map(([site, bytes]) => `${site} ${Math.round(bytes / 1024 ** 2)} MiB`) // prettier-ignore
  return [
    faults.toString(),
    `contributions: ${report.made} made, ${count(report.lost)} lost, ${count(report.duplicated)} duplicated`,
    report.digests.length === 1
      ? `all hold merge ${report.digests.join()}`
      : `${report.digests.length} different merges`,
    `settled ${seconds(report.settledAfterMs)} after the last fault; ${seconds(report.ms)} in all, seed ${report.seed}`,
    `most memory of a container: ${memory.join(', ')}`,
    ...(report.silent.length > 0 ? [`no answer from ${report.silent.join(', ')}`] : []),
    report.passed ? 'passed' : 'FAILED',
  ].join('\n')
}

function count(problems: readonly string[]): string {
  return problems.length === 0 ? '0' : `${problems.length} (${problems.join('; ')})`
}

function seconds(ms: number | null): string {
  return ms === null ? 'not in time' : `${(ms / 1000).toFixed(0)} s`
}
