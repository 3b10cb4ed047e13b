import type { MergeScores, TaskScore } from '../../gossip/index.ts'
import type { Score } from '../../training/index.ts'
import { sumScores } from './score-sums.ts'

/** What one site has said. */
export interface SiteScores extends MergeScores {
  readonly peer: string
}

/** Sums over all sites that have said something of one task, under one merge. */
export interface TaskSums {
  readonly now: Score
  readonly end: Score
  readonly sites: number
}

export interface ConsortiumScores {
  /** The merge that most sites have scored. */
  readonly merge: string
  /** How many have. */
  readonly sites: number
  /** By tag. */
  readonly tasks: ReadonlyMap<string, TaskSums>
}

/**
 * One accuracy of one merge: scores of different merges are not added up. It is the merge that most sites have scored; of several that of
 * `own`, if it is one of them, else the smallest digest. Nothing before anybody has said anything.
 *
 * @param most - samples that a score may count, by the charter; what says more is not counted
 */
export function consortiumScores(
  said: readonly SiteScores[],
  own: string | null,
  most: number,
): ConsortiumScores | undefined {
  const merge = mostScored(said, own)
  if (merge === undefined) return undefined
  const reports = said.filter((one) => one.merge === merge)
  const isCounted = ({ count, endCount }: TaskScore): boolean => count <= most && endCount <= most
  const scores = reports.flatMap(({ tasks }) => tasks.filter(isCounted))
  const tags = [...new Set(scores.map(({ task }) => task))].sort()
  const sumsOf = (tag: string): TaskSums => {
    const ofTask = scores.filter(({ task }) => task === tag)
    const end = sumScores(ofTask.map(({ endCorrect: correct, endCount: count }) => ({ correct, count })))
    return { now: sumScores(ofTask), end, sites: ofTask.length }
  }
  return { merge, sites: reports.length, tasks: new Map(tags.map((tag) => [tag, sumsOf(tag)])) }
}

function mostScored(said: readonly SiteScores[], own: string | null): string | undefined {
  const times = new Map<string, number>()
  for (const { merge } of said) times.set(merge, (times.get(merge) ?? 0) + 1)
  const most = Math.max(0, ...times.values())
  const first = [...times.keys()].filter((merge) => times.get(merge) === most).sort()
  return first.find((merge) => merge === own) ?? first[0]
}
