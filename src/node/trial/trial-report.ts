import { finalAccuracy } from '../experiment/report/summary.ts'
import type { RunRecord } from '../experiment/types.ts'

/** One way to train, on the same split. Accuracies are shares of all held-out samples, those of every virtual site. */
export interface TrialRow {
  readonly way: 'frozen' | 'alone' | 'mean' | 'closed-form'
  /** With the classifier that was trained; null where none is. Of sites alone the mean over sites, and that of the worst. */
  readonly trained: number | null
  readonly worst: number | null
  /** With the analytic classifier of statistics, of sites alone of their own. */
  readonly analytic: number | null
  /** That one site sends, mean over sites. */
  readonly bytes: number
  /** Milliseconds of one site, mean over sites: training, statistics, and merging, which each does for itself. */
  readonly ms: number
}

export interface TrialReport {
  readonly sites: number
  readonly classes: number
  readonly trainSamples: number
  /** Training samples of each virtual site. */
  readonly perSite: readonly number[]
  readonly heldOutSamples: number
  readonly rows: readonly TrialRow[]
  /** Half of the 95 % interval of an accuracy of one half on that many samples: what is closer may be chance. */
  readonly chance: number
  /** Most memory of the process that trained, in bytes. */
  readonly peakBytes: number
}

export interface TrialFacts {
  readonly classes: number
  readonly perSite: readonly number[]
  readonly heldOutSamples: number
  readonly peakBytes: number
}

const WAYS: Readonly<Record<string, TrialRow['way']>> = {
  'local+started': 'alone',
  'fedavg+started': 'mean',
  'regmean+started': 'closed-form',
  frozen: 'frozen',
}

export function trialReport(records: readonly RunRecord[], facts: TrialFacts): TrialReport {
  const { perSite, heldOutSamples } = facts
  return {
    ...facts,
    sites: perSite.length,
    trainSamples: perSite.reduce((sum, count) => sum + count, 0),
    rows: records.map((record) => rowOf(record, perSite.length)),
    chance: 1.96 * Math.sqrt(0.25 / heldOutSamples),
  }
}

function rowOf({ method, heads: { own, analytic }, perSite, bytes, ms }: RunRecord, sites: number): TrialRow {
  return {
    way: WAYS[method]!,
    trained: own === undefined ? null : finalAccuracy(own),
    worst: perSite === undefined ? null : Math.min(...perSite),
    analytic: analytic === undefined ? null : finalAccuracy(analytic),
    bytes: bytes.total,
    ms: (ms.train + ms.measure) / sites + ms.solve + ms.merge,
  }
}
