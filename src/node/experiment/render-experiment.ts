import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import { bytes } from '../units.ts'
import type { ExperimentResult } from './run-experiment.ts'
import type { Row } from './report/summary.ts'

/** The tables of all splits for a terminal, most accurate first, and where the files are. */
export function renderExperiment({ splits, files, runs }: ExperimentResult): string {
  const tables = splits.map(({ split, rows }) => {
    const ordered = [...rows].sort((a, b) => b.accuracy.mean - a.accuracy.mean)
    return `${pc.bold(split === 'domain' ? 'sites by domain' : `Dirichlet ${split}`)}\n${terminalTable(HEAD, ordered.map(cells), 1)}`
  })
  const missing = runs.missing > 0 ? pc.yellow(`, ${runs.missing} are missing`) : ''
  return [
    ...tables,
    '',
    `${runs.planned} runs, ${runs.made} made now${missing}`,
    ...files.map((file) => pc.dim(file)),
  ].join('\n')
}

const HEAD = ['method', 'accuracy', '±', 'to the reference', 'forgetting', 'sent by a site']

function cells({ name, accuracy, versus, forgetting, sent }: Row): string[] {
  return [
    name,
    points(accuracy.mean),
    accuracy.half === undefined ? '' : points(accuracy.half),
    versus === undefined
      ? ''
      : `${versus.difference.mean > 0 ? '+' : ''}${points(versus.difference.mean)} ${versus.verdict}`,
    forgetting === undefined ? '' : points(forgetting.mean),
    sent === 0 ? '' : bytes(Math.round(sent)),
  ]
}

const points = (value: number): string => (100 * value).toFixed(1)
