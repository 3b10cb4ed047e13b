import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import { percent } from '../units.ts'
import type { Evaluation } from './evaluate.ts'
import { describeModel } from './render-answers.ts'

/** More classes than this make no table that anybody can read; then the most frequent mistakes are named. */
const MOST_COLUMNS = 12
const MISTAKES = 10
/** Skipped samples that are named. */
const SHOWN = 5

const share = (value: number | null): string => (value === null ? '' : percent(value))

/** @param taskName - what people call a task */
export function renderEvaluation(found: Evaluation, taskName: (task: string | null) => string): string {
  const { model, data, correct, count, accuracy, balancedAccuracy } = found
  const samples = data.part === 'all' ? `${count} samples of ${data.path}` : `${count} samples held out of ${data.path}` // prettier-ignore
  return [
    `${describeModel(model)} on ${samples}`,
    `accuracy ${share(accuracy)} (${correct} right), balanced ${share(balancedAccuracy)}`,
    terminalTable(['class', 'samples', 'found', 'precision'], found.classes.map((one) => [one.label, String(one.count), share(one.accuracy), share(one.precision)]), 1), // prettier-ignore
    ...tasks(found, taskName),
    ...confusion(found),
    ...notes(found),
  ].join('\n')
}

function tasks({ tasks: found }: Evaluation, taskName: (task: string | null) => string): string[] {
  if (found.length === 0) return []
  const rows = found.map((one) => [taskName(one.task), String(one.count), share(one.accuracy)])
  return [terminalTable(['task', 'samples', 'accuracy'], rows, 1)]
}

function confusion({ classes, confusion: counts }: Evaluation): string[] {
  const labels = classes.map(({ label }) => label)
  if (labels.length <= MOST_COLUMNS) {
    const rows = labels.map((label, row) => [label, ...counts[row]!.map((n) => (n === 0 ? '' : String(n)))])
    return [terminalTable(['taken for', ...labels], rows, 1)]
  }
  const mistakes = counts
    .flatMap((row, label) => row.map((n, answer) => ({ n, label, answer })))
    .filter(({ n, label, answer }) => n > 0 && label !== answer)
    .sort((a, b) => b.n - a.n)
    .slice(0, MISTAKES)
  const rows = mistakes.map(({ n, label, answer }) => [labels[label]!, labels[answer]!, String(n)])
  return rows.length === 0 ? [] : [terminalTable(['class', 'taken for', 'times'], rows, 2)]
}

function notes({ skipped, leftOut }: Evaluation): string[] {
  const more = skipped.length > SHOWN ? [`and ${skipped.length - SHOWN} more`] : []
  return [
    ...leftOut.map(({ label, count }) => `left out: ${count} samples of ${label}, which cannot be an answer yet`), // prettier-ignore
    ...skipped.slice(0, SHOWN).map(({ where, reason }) => `skipped ${where}: ${reason}`),
    ...more,
  ].map((line) => pc.yellow(line))
}
