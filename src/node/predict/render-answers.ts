import { stringify } from 'csv-stringify/sync'
import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import { percent } from '../units.ts'
import type { FoundModel, ModelName } from './find-model.ts'
import type { NamedAnswer } from './predict.ts'

const NAMES = {
  merged: 'merge',
  personal: 'this site’s own model',
  alone: 'this site alone',
  file: 'state',
} as const

export function describeModel({ kind, digest }: ModelName): string {
  return `${NAMES[kind]} ${digest}`
}

/** One JSON object. */
export function answerRecord({ input, answer }: NamedAnswer, model: ModelName): object {
  return { input, ...answer, model }
}

interface Columns {
  /** Classes of an answer, at most. */
  readonly top: number
  readonly explain: boolean
}

/** How many classes a row has; fewer than were asked for where there are no more. */
export function columnsOf(top: number, explain: boolean | undefined, { rows }: FoundModel): Columns {
  return { top: Math.min(top, rows.length), explain: explain === true }
}

export function csvHead(columns: Columns): string {
  return stringify([['input', ...headOf(columns, 'trust'), 'error', 'model', 'digest']]).trimEnd()
}

/** A line an answer; probabilities with all their digits. */
export function csvRows(
  answers: readonly NamedAnswer[],
  columns: Columns,
  { kind, digest }: ModelName,
): string {
  const rows = answers.map(({ input, answer }) => {
    if ('error' in answer) return [input, ...cells([], columns), answer.error.code, kind, digest]
    const shares = answer.top.map(({ label, probability }) => [label, String(probability)] as const)
    return [input, ...cells(shares, columns, answer.trust), '', kind, digest]
  })
  return stringify(rows).trimEnd()
}

/** A table for people; what could not be answered has its code there, in red where there are colours. */
export function answerTable(answers: readonly NamedAnswer[], columns: Columns): string {
  const rows = answers.map(({ input, answer }) => {
    if ('error' in answer) return [input, pc.red(answer.error.code), ...cells([], columns).slice(1)]
    const shares = answer.top.map(({ label, probability }) => [label, percent(probability)] as const)
    return [input, ...cells(shares, columns, answer.trust === undefined ? undefined : percent(answer.trust))]
  })
  return terminalTable(['input', ...headOf(columns, 'trust in the others')], rows)
}

function headOf({ top, explain }: Columns, trust: string): string[] {
  const pairs = Array.from({ length: top }, (_, i) =>
    i === 0 ? ['label', 'probability'] : [`label ${i + 1}`, `probability ${i + 1}`],
  )
  return [...pairs.flat(), ...(explain ? [trust] : [])]
}

function cells(
  shares: readonly (readonly [string, string])[],
  { top, explain }: Columns,
  trust: number | string | undefined = '',
): string[] {
  const filled = Array.from({ length: top }, (_, i) => shares[i] ?? ['', ''])
  return [...filled.flat(), ...(explain ? [String(trust)] : [])]
}
