import type { Network } from '../../gossip/index.ts'
import { tagOfTask, type LedgerState } from '../../gossip/records.ts'
import { sharesScores, type Charter } from '../charter.ts'
import { memberName } from '../member-name.ts'
import type { Roster } from '../roster.ts'
import {
  consortiumScores,
  type ConsortiumScores,
  type SiteScores,
  type TaskSums,
} from './consortium-scores.ts'
import { forgotten, meanForgetting, type SinceItsEnd } from './forgetting.ts'
import type { ScoreBook } from './score-book.ts'
import { accuracyOf } from './score-sums.ts'
import { sharedScores } from './shared-scores.ts'
import type { TaskRecord } from './task-record.ts'
import type { ConsortiumTask, OwnTask, ScoreReport, SiteReport, TaskReportRow } from './types.ts'

export interface ScoreSources {
  readonly self: string
  readonly charter: Charter
  readonly charterDigest: string
  readonly roster: Roster
  readonly tasks: LedgerState['tasks']
  readonly book: Pick<ScoreBook, 'merge' | 'records'>
  readonly network: Pick<Network, 'receipts'>
}

/** Task by task, in the order of their opening: how the model in use does on held-out samples of this site, and of all sites that say so. */
export function reportScores(sources: ScoreSources): ScoreReport {
  const { charter, book, roster } = sources
  const said = sharesScores(charter) ? saidByMembers(sources) : []
  const all = consortiumScores(said, book.merge, charter.limits.maxCount)
  const tasks = rowsOf(sources, all)
  return {
    merge: book.merge,
    forgetting: meanOf(tasks.map(({ own }) => own)),
    tasks,
    consortium: sharesScores(charter)
      ? {
          merge: all?.merge ?? null,
          sites: all?.sites ?? 0,
          of: roster.members.length,
          forgetting: meanOf(tasks.map(({ consortium }) => consortium)),
          reports: said.map((one) => siteReport(sources, one)),
        }
      : null,
  }
}

/** Newest word of every member under the same charter, this site first. */
function saidByMembers({
  self,
  charter,
  charterDigest,
  book,
  network,
  roster,
}: ScoreSources): readonly SiteScores[] {
  const own = sharedScores(charter, book)
  const told = network.receipts()
  const others = roster.members.flatMap(({ id }) => {
    const receipt = id === self ? undefined : told.get(id)?.receipt
    if (receipt?.scores === undefined || receipt.charter !== charterDigest) return []
    return [{ peer: id, ...receipt.scores }]
  })
  return own === undefined ? others : [{ peer: self, ...own }, ...others]
}

/** Tasks that anybody has scored. */
function rowsOf({ tasks, book }: ScoreSources, all: ConsortiumScores | undefined): readonly TaskReportRow[] {
  const records = new Map(book.records.map((record) => [record.task, record]))
  return [null, ...tasks.keys()].flatMap((id) => {
    const own = records.get(id)
    const sums = all?.tasks.get(tagOfTask(id))
    if (own === undefined && sums === undefined) return []
    const name = id === null ? null : (tasks.get(id)?.name ?? id.slice(0, 12))
    return [{ id, name, own: own === undefined ? null : ownTask(own), consortium: sums === undefined ? null : consortiumTask(sums) }] // prettier-ignore
  })
}

function ownTask({ now, end, isMeasurable }: TaskRecord): OwnTask {
  const score = { accuracy: accuracyOf(now), accuracyAtEnd: accuracyOf(end) }
  return { ...score, forgetting: forgotten(sinceItsEnd(score)), ...now, atEnd: end, isMeasurable }
}

function consortiumTask({ now, end, sites }: TaskSums): ConsortiumTask {
  const score = { accuracy: accuracyOf(now), accuracyAtEnd: accuracyOf(end) }
  return { ...score, forgetting: forgotten(sinceItsEnd(score)), ...now, atEnd: end, sites }
}

function sinceItsEnd({ accuracy, accuracyAtEnd }: Pick<OwnTask, 'accuracy' | 'accuracyAtEnd'>): SinceItsEnd {
  return { end: accuracyAtEnd, now: accuracy }
}

/** Of all tasks but the last. What cannot be measured any more says nothing of now. */
function meanOf(tasks: readonly (OwnTask | ConsortiumTask | null)[]): number | null {
  const earlier = tasks.slice(0, -1).filter((task) => task !== null && !('isMeasurable' in task && !task.isMeasurable)) // prettier-ignore
  return meanForgetting(earlier.map((task) => sinceItsEnd(task!))) ?? null
}

function siteReport({ roster, tasks }: ScoreSources, { peer, merge, tasks: scores }: SiteScores): SiteReport {
  const ids = new Map([null, ...tasks.keys()].map((id) => [tagOfTask(id), id]))
  const known = scores.filter(({ task }) => ids.has(task))
  const counts = known.map(({ task, correct, count, endCorrect, endCount }) => {
    return { id: ids.get(task)!, correct, count, atEnd: { correct: endCorrect, count: endCount } }
  })
  return { peer, name: memberName(roster, peer), merge, tasks: counts }
}
