import { terminalTable } from '../terminal-table.ts'
import { bytes, milliseconds, percent } from '../units.ts'
import type { TrialReport, TrialRow } from './trial-report.ts'

const TITLES: Readonly<Record<TrialRow['way'], string>> = {
  frozen: 'frozen backbone, nothing trained',
  alone: 'each site alone',
  mean: 'merged by plain mean',
  'closed-form': 'merged in closed form',
}

const HEAD = [
  '',
  'trained classifier',
  'analytic classifier',
  'worst site',
  'sent by a site',
  'time of a site',
]

export function renderTrial(report: TrialReport): string {
  const { sites, perSite, classes, heldOutSamples, chance, peakBytes } = report
  return [
    `${sites} virtual sites with ${perSite.join(', ')} samples of ${classes} classes; accuracy on ${heldOutSamples} held out`,
    terminalTable(HEAD, report.rows.map(cells), 1),
    `differences below ${percent(chance)} may be chance; memory of training: ${bytes(peakBytes)} at most`,
    verdict(report.rows),
  ].join('\n')
}

function cells({ way, trained, analytic, worst, bytes: sent, ms }: TrialRow): string[] {
  const share = (value: number | null): string => (value === null ? '–' : percent(value))
  return [TITLES[way], share(trained), share(analytic), share(worst), sent === 0 ? '–' : bytes(sent), milliseconds(ms)] // prettier-ignore
}

/** Each way by the better of its two classifiers. */
function verdict(rows: readonly TrialRow[]): string {
  const best = (way: TrialRow['way']): number => {
    const { trained, analytic } = rows.find((row) => row.way === way)!
    return Math.max(trained ?? 0, analytic ?? 0)
  }
  const [alone, mean, merged, frozen] = (['alone', 'mean', 'closed-form', 'frozen'] as const).map(best) as [number, number, number, number] // prettier-ignore
  return `in closed form ${signed(merged - alone)} against a site alone, ${signed(merged - mean)} against the plain mean, ${signed(merged - frozen)} against the frozen backbone` // prettier-ignore
}

function signed(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${(100 * Math.abs(difference)).toFixed(1)} points`
}
