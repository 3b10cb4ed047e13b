import { percent } from '../percent.ts'
import type { Survey } from './survey-table.ts'
import { countShared } from './text-hash.ts'

/** A file with the split of each of its good rows: 1 trains. */
export interface SplitSurvey {
  readonly survey: Survey
  readonly splitOf: Uint8Array
}

/** Classes that are evaluated but never trained on here. */
export function heldOutOnly(splits: readonly SplitSurvey[], classes: readonly string[]): string[] {
  const seen = [new Set<number>(), new Set<number>()]
  for (const { survey, splitOf } of splits)
    for (const [row, split] of splitOf.entries()) seen[split]!.add(survey.labels[row]!)
  const [heldOut, train] = seen
  const only = [...heldOut!].filter((label) => !train!.has(label)).map((label) => classes[label]!)
  if (only.length === 0) return []
  return [`only held-out rows have the label ${only.join(', ')}, so nothing here is trained on it`]
}

/** Texts that are trained on and evaluated with: the accuracy is too high by them. */
export function duplicates(splits: readonly SplitSurvey[]): string[] {
  const [heldOut, train] = [hashesOf(splits, 0), hashesOf(splits, 1)]
  const count = countShared(heldOut, train)
  if (count === 0) return []
  const total = heldOut.length
  return [
    `${count} of ${total} held-out texts (${percent(count, total)}) are among the training texts, too; the accuracy will look too good`,
  ]
}

function hashesOf(splits: readonly SplitSurvey[], split: number): Float64Array {
  const parts = splits.map(({ survey, splitOf }) => survey.hashes.filter((_, row) => splitOf[row] === split))
  const all = new Float64Array(parts.reduce((count, part) => count + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
