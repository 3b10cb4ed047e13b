import { concat } from 'uint8arrays/concat'
import { MAX_SCORED_SAMPLES } from '../constants.ts'
import { RefusedError } from '../errors.ts'

/** Of the id of a task. */
const TAG_BYTES = 8
const NUMBER_BYTES = 4
const NUMBERS = ['correct', 'count', 'endCorrect', 'endCount'] as const
export const SCORE_BYTES = TAG_BYTES + NUMBERS.length * NUMBER_BYTES

/** How many of a site's held-out samples of one task a merge has right, and how many one had right at the end of that task. */
export interface TaskScore {
  /** {@link tagOfTask} */
  readonly task: string
  readonly correct: number
  readonly count: number
  readonly endCorrect: number
  readonly endCount: number
}

/** What a site says of one merge, task by task, ascending by tag. */
export interface MergeScores {
  /** Digest of the merge that was scored. */
  readonly merge: string
  readonly tasks: readonly TaskScore[]
}

/** How scores name a task: 16 hexadecimal digits of its id, zeros for the classes of the charter. */
export function tagOfTask(task: string | null): string {
  return (task ?? '').slice(0, 2 * TAG_BYTES).padEnd(2 * TAG_BYTES, '0')
}

/** Those that do not fit `maxTasks` are left out, the greatest tags first, so that all sites leave out the same. */
export function packScores(tasks: readonly TaskScore[], maxTasks: number): Uint8Array {
  const kept = [...tasks].sort((a, b) => (a.task < b.task ? -1 : 1)).slice(0, maxTasks)
  return concat(kept.map(packScore), kept.length * SCORE_BYTES)
}

function packScore(score: TaskScore): Uint8Array {
  const entry = Buffer.alloc(SCORE_BYTES)
  entry.write(score.task, 'hex')
  NUMBERS.forEach((name, i) => entry.writeUInt32BE(score[name], TAG_BYTES + i * NUMBER_BYTES))
  return entry
}

/** @throws RefusedError `malformed` - a broken entry, tags that do not go up, no samples or too many, more of them right than there are */
export function unpackScores(bytes: Uint8Array, operand: string): readonly TaskScore[] {
  const wrong = (problem: string): RefusedError => new RefusedError('malformed', operand, problem)
  if (bytes.byteLength % SCORE_BYTES !== 0) throw wrong(`scores is not a multiple of ${SCORE_BYTES} bytes`)
  const entries = Array.from({ length: bytes.byteLength / SCORE_BYTES }, (_, i) =>
    unpackScore(Buffer.from(bytes.subarray(i * SCORE_BYTES, (i + 1) * SCORE_BYTES))),
  )
  for (const [i, score] of entries.entries()) {
    if (i > 0 && score.task <= entries[i - 1]!.task) throw wrong('scores is not ascending')
    if (!isPossible(score)) throw wrong(`scores of task ${score.task} count more right than there are, no samples, or over ${MAX_SCORED_SAMPLES}`) // prettier-ignore
  }
  return entries
}

function unpackScore(entry: Buffer): TaskScore {
  const number = (i: number): number => entry.readUInt32BE(TAG_BYTES + i * NUMBER_BYTES)
  const task = entry.toString('hex', 0, TAG_BYTES)
  return { task, correct: number(0), count: number(1), endCorrect: number(2), endCount: number(3) }
}

function isPossible({ correct, count, endCorrect, endCount }: TaskScore): boolean {
  const holds = (right: number, of: number): boolean => of >= 1 && of <= MAX_SCORED_SAMPLES && right <= of
  return holds(correct, count) && holds(endCorrect, endCount)
}
