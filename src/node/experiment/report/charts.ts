import type { TopLevelSpec } from 'vega-lite'
import type { Chart } from '../../charts/draw-charts.ts'
import type { ExperimentSpec } from '../spec-schema.ts'
import type { Row, SplitSummary } from './summary.ts'

const SIZE = { width: 640, height: 360, background: 'white' } as const
const PERCENT = { format: '.0%' } as const

/** Two charts a split: accuracy as rounds go by, and accuracy for what a site sends. */
export function chartsOf(spec: ExperimentSpec, { split, rows }: SplitSummary): readonly Chart[] {
  if (rows.length === 0) return []
  return [
    { file: `rounds-${split}.svg`, spec: roundsChart(spec, split, rows) },
    { file: `bytes-${split}.svg`, spec: bytesChart(split, rows) },
  ]
}

function roundsChart(spec: ExperimentSpec, split: string, rows: readonly Row[]): TopLevelSpec {
  const total = spec.tasks * spec.rounds
  const values = rows
    .filter((row) => row.rounds.length > 1)
    .flatMap((row) =>
      row.rounds.map((accuracy, i) => ({
        row: row.name,
        round: ((i + 1) * total) / row.rounds.length,
        accuracy,
      })),
    )
  return {
    ...SIZE,
    title: `Accuracy on classes seen so far, ${split}`,
    data: { values },
    mark: { type: 'line', point: { size: 12 }, strokeWidth: 1.5 },
    encoding: {
      x: { field: 'round', type: 'quantitative', title: 'round, over all tasks' },
      y: {
        field: 'accuracy',
        type: 'quantitative',
        axis: PERCENT,
        title: 'accuracy',
        scale: { zero: false },
      },
      color: { field: 'row', type: 'nominal', title: null, sort: null, scale: { scheme: 'tableau20' } },
    },
  }
}

function bytesChart(split: string, rows: readonly Row[]): TopLevelSpec {
  const values = rows
    .filter((row) => row.sent > 0)
    .map(({ name, head, sent, accuracy: { mean, half = 0 } }) => ({
      row: name,
      head,
      megabytes: sent / 1e6,
      accuracy: mean,
      low: mean - half,
      high: mean + half,
    }))
  const x = {
    field: 'megabytes',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'MB sent by a site',
  } as const
  const y = { type: 'quantitative', axis: PERCENT, title: 'accuracy', scale: { zero: false } } as const
  const color = { field: 'head', type: 'nominal', title: 'head' } as const
  return {
    ...SIZE,
    title: `Accuracy for what a site sends, ${split}`,
    data: { values },
    layer: [
      { mark: 'rule', encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color } },
      {
        mark: { type: 'point', filled: true, size: 40 },
        encoding: { x, y: { ...y, field: 'accuracy' }, color },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 9 },
        encoding: { x, y: { ...y, field: 'accuracy' }, text: { field: 'row', type: 'nominal' }, color },
      },
    ],
  }
}
