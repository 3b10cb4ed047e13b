import { tagOfTask, type MergeScores } from '../../gossip/records.ts'
import { sharesScores, type Charter } from '../charter.ts'
import { NO_POLICY, type Policy } from '../policy/policy-schema.ts'
import type { ScoreBook } from './score-book.ts'

/** What this site tells the others of the merge that it scored last; nothing unless the charter shares it and the site's policy lets it out. */
export function sharedScores(
  charter: Pick<Charter, 'privacy'>,
  { merge, records }: Pick<ScoreBook, 'merge' | 'records'>,
  { statistics }: Policy = NO_POLICY,
): MergeScores | undefined {
  const scored = records.filter(({ now, isMeasurable }) => isMeasurable && now.merge === merge)
  if (statistics?.includes('held-out-scores') === false) return undefined
  if (!sharesScores(charter) || merge === null || scored.length === 0) return undefined
  const tasks = scored.map(({ task, now, end }) => ({
    task: tagOfTask(task),
    correct: now.correct,
    count: now.count,
    endCorrect: end.correct,
    endCount: end.count,
  }))
  return { merge, tasks: tasks.sort((a, b) => (a.task < b.task ? -1 : 1)) }
}
