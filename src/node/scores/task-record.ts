import type { Score } from '../../training/index.ts'
import { accuracyOf } from './score-sums.ts'

/** A score of one merge. */
export interface MergeScore extends Score {
  /** Digest. */
  readonly merge: string
}

/** What a site knows of one task: how the newest merge did that could be scored, and how one did at the end of the task. */
export interface TaskRecord {
  /** Null for the classes of the charter. */
  readonly task: string | null
  readonly now: MergeScore
  readonly end: MergeScore
  /** What that merge had of the task itself and of others, as digests. */
  readonly own: string
  readonly others: string
  /** False once its held-out samples are gone: `now` is the last score that there will be. */
  readonly isMeasurable: boolean
}

/** A task in a merge that has just been scored. */
export interface ScoredTask {
  readonly task: string | null
  /** Of held-out samples of its classes; count 0 where there are none. */
  readonly score: Score
  /** What the merge has of the task itself and of others, as digests of ids. */
  readonly own: string
  readonly others: string
}

/** Records after one more merge; in the order in which tasks were first scored. */
export function nextRecords(
  records: readonly TaskRecord[],
  merge: string,
  found: readonly ScoredTask[],
): readonly TaskRecord[] {
  const scored = new Map(found.filter(({ score }) => score.count > 0).map((one) => [one.task, one]))
  const known = records.map((record) => {
    const one = scored.get(record.task)
    scored.delete(record.task)
    return one === undefined ? { ...record, isMeasurable: false } : nextRecord(record, merge, one)
  })
  return [...known, ...[...scored.values()].map((one) => nextRecord(undefined, merge, one))]
}

/**
 * The end of a task is the newest merge that brought something of the task itself: what comes after it is of others, and costs it what it
 * costs. Where others came in between, and then more of the task, the better of the two scores counts, so that a latecomer does not
 * hide what was lost before.
 */
function nextRecord(
  before: TaskRecord | undefined,
  merge: string,
  { task, score, own, others }: ScoredTask,
): TaskRecord {
  const now = { merge, correct: score.correct, count: score.count }
  if (before?.own === own) return { ...before, now, isMeasurable: true }
  const end = before === undefined || before.others === others ? now : better(before.end, now)
  return { task, now, end, own, others, isMeasurable: true }
}

function better(a: MergeScore, b: MergeScore): MergeScore {
  return accuracyOf(a) > accuracyOf(b) ? a : b
}
