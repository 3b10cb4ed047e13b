import type { TopLevelSpec } from 'vega-lite'
import type { Chart } from '../../charts/draw-charts.ts'
import type { ExperimentSpec } from '../spec-schema.ts'
import type { Row, SplitSummary } from './summary.ts'
import type { Ticket } from './tickets.ts'

const SIZE = { width: 640, height: 360, background: 'white' } as const
const PERCENT = { format: '.0%' } as const

/** Charts of a split: accuracy as rounds go by, accuracy for what a site sends, and by what FedSelect made personal. */
export function chartsOf(
  spec: ExperimentSpec,
  { split, rows, tickets }: Pick<SplitSummary, 'split' | 'rows' | 'tickets'>,
): readonly Chart[] {
  if (rows.length === 0) return []
  return [
    { file: `rounds-${split}.svg`, spec: roundsChart(spec, split, rows) },
    { file: `bytes-${split}.svg`, spec: bytesChart(split, rows) },
    ...(tickets.length < LEAST_TICKETS
      ? []
      : [{ file: `personal-${split}.svg`, spec: ticketChart(tickets) }]),
  ]
}

/** Fewer points are no curve. */
const LEAST_TICKETS = 3

function ticketChart(tickets: readonly Ticket[]): TopLevelSpec {
  const values = tickets.map(({ method, personal, atRandom, home: { mean, half = 0 } }) => ({
    method,
    personal,
    accuracy: mean,
    low: mean - half,
    high: mean + half,
    chosen: atRandom ? 'by lot' : 'by what moved most',
  }))
  const x = { field: 'personal', type: 'quantitative', axis: PERCENT, title: 'personal entries' } as const
  const y = { type: 'quantitative', axis: PERCENT, title: 'accuracy at home, mean over sites', scale: { zero: false } } as const // prettier-ignore
  const color = { field: 'chosen', type: 'nominal', title: 'chosen' } as const
  return {
    ...SIZE,
    title: 'FedSelect: accuracy by the share of personal entries',
    data: { values },
    layer: [
      { mark: 'rule', encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color } },
      { mark: { type: 'line', point: true }, encoding: { x, y: { ...y, field: 'accuracy' }, color } },
    ],
  }
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
