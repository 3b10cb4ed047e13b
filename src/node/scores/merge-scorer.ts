import { join } from 'node:path'
import { sumScores } from './score-sums.ts'
import type { Score } from '../../training/index.ts'
import type { FittedSite } from '../fit-site.ts'
import type { MergeSource, NewestMerge } from '../merge-source.ts'
import { isQuieted } from '../policy/policy-desk.ts'
import type { Problems } from '../problems.ts'
import type { ServingDesk } from '../serving/serving-desk.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { OwnMeans } from '../personal/own-means.ts'
import type { NodeStore } from '../types.ts'
import type { HeldOutResults } from './held-out-results.ts'
import type { ScoreBook } from './score-book.ts'
import { scoresMerges } from './scores-merges.ts'
import { tasksInMerge, type TaskInMerge } from './tasks-in-merge.ts'

export interface MergeScorerInit {
  readonly site: Pick<FittedSite, 'spec' | 'config' | 'paths'>
  readonly store: Pick<NodeStore, 'get'>
  readonly merge: Pick<MergeSource, 'newest' | 'isCurrent'>
  readonly trainer: Pick<TrainerHost, 'use'>
  readonly results: HeldOutResults
  readonly book: ScoreBook
  readonly problems: Pick<Problems, 'failed'>
  readonly signal: AbortSignal
  readonly serving: Pick<ServingDesk, 'consider'>
  /** Where sites have classifiers of their own on the merge. */
  readonly own?: Pick<OwnMeans, 'renew'> | undefined
  /** Counts are of samples of each task; `task` is its id. */
  onScored(merge: string, tasks: readonly (Score & { readonly task: string | null })[]): void
}

/**
 * Scores the model in use on this site's held-out samples, in the trainer's process: the newest merge and no other, each once. Classes compete
 * of which the merge has something, as others have rows that nobody has trained.
 */
export class MergeScorer {
  readonly #init: MergeScorerInit
  /** Digest of a merge that could not be scored, and would fail again. */
  #failed: string | undefined

  constructor(init: MergeScorerInit) {
    this.#init = init
  }

  /** Whether there is a merge to score: one that is still being replaced is left out. */
  get isDue(): boolean {
    const { merge, book, site } = this.#init
    if (!scoresMerges(site.config)) return false
    const digest = merge.isCurrent ? merge.newest?.summary.digest : undefined
    return digest !== undefined && digest !== book.merge && digest !== this.#failed
  }

  /** A failure is named, and ends no more than this pass. */
  async run(): Promise<void> {
    const { merge, problems, signal } = this.#init
    const { newest } = merge
    if (newest === undefined) return
    try {
      await this.#score(newest)
    } catch (error) {
      if (signal.aborted || isQuieted(error)) return
      this.#failed = newest.summary.digest
      problems.failed('score', error)
    }
  }

  /** Into the book when all that a merge asks for is done, so that what is cut short is begun again. */
  async #score(newest: NewestMerge): Promise<void> {
    const { result, summary } = newest
    const { site, store, book } = this.#init
    const tasks = tasksInMerge(site.spec, summary.cut, (id) => store.get(id)?.header.task)
    const perClass = await this.#evaluate(result, summary.digest, tasks)
    const found = tasks.map(({ rows, ...task }) => {
      return { ...task, score: sumScores(rows.map((row) => perClass[row] ?? NONE)) }
    })
    await this.#offer(newest, tasks)
    await this.#renewOwn(newest)
    await book.enter(summary.digest, found)
    this.#init.onScored(
      summary.digest,
      found.map(({ task, score }) => ({ task, ...score })),
    )
  }

  /** A failure is named, and takes nothing from the score. */
  async #renewOwn(newest: NewestMerge): Promise<void> {
    const { own, problems, signal } = this.#init
    try {
      await own?.renew(newest)
    } catch (error) {
      if (signal.aborted || isQuieted(error)) throw error
      problems.failed('own-means', error)
    }
  }

  /** To the desk that decides what the site serves. */
  #offer({ result, summary: { digest } }: NewestMerge, tasks: readonly TaskInMerge[]): Promise<void> {
    const { serving, site } = this.#init
    const file = join(site.paths.merges, `${digest}.safetensors`)
    return serving.consider({ kind: 'merged', digest, file, model: result, rows: this.#rows(tasks), tasks })
  }

  /** Of the classifier, of which the merge has something; undefined where that is all. */
  #rows(tasks: readonly TaskInMerge[]): readonly number[] | undefined {
    return (
      this.#init.site.spec.tasks && [...new Set(tasks.flatMap((task) => task.rows))].sort((a, b) => a - b)
    )
  }

  #evaluate(
    { adapter, adapterSpec, classifier }: NewestMerge['result'],
    digest: string,
    tasks: readonly TaskInMerge[],
  ): Promise<readonly Score[]> {
    const { trainer, results, signal } = this.#init
    const rows = new Set(tasks.flatMap((task) => task.rows))
    const classes = this.#rows(tasks)
    return trainer.use(signal, async (one) => {
      const { classCounts } = one.sites[0]!.heldOut
      if (classCounts.every((count, row) => count === 0 || !rows.has(row))) return []
      const found = await results.score(one, { adapter, adapterSpec, classifier }, classes, { signal })
      results.say('merged', digest, found)
      return found.perClass
    })
  }
}

const NONE: Score = { correct: 0, count: 0 }
