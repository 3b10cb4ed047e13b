import { availableParallelism } from 'node:os'
import type { MergedModules, MergeResult } from '../merge/index.ts'
import type { MergeJob, WorkerJob, WorkerResult } from './merge-jobs.ts'
import { shareModules } from './share-modules.ts'
import { workerScript } from './spawn-worker.ts'
import { WorkerChannel } from './worker-channel.ts'

const MOST_THREADS = 4

/** One core is left to the network. */
export function defaultMergeThreads(cores: number = availableParallelism()): number {
  return Math.max(1, Math.min(MOST_THREADS, cores - 1))
}

/**
 * Threads of the merge. Small merges, and whatever else there is to do, go to the first; of a large one each thread takes some
 * modules, never a part of one, and the first puts them together: the same bits for any number of threads.
 */
export class MergePool {
  readonly #channels: readonly WorkerChannel<WorkerJob, WorkerResult>[]

  readonly #productsPerThread: number | undefined

  /** `productsPerThread` as for `shareModules`, `heapBytes` as for `WorkerChannel`. */
  constructor(threads = defaultMergeThreads(), productsPerThread?: number, heapBytes?: number) {
    this.#productsPerThread = productsPerThread
    const script = workerScript('./merge-worker', import.meta.url)
    this.#channels = Array.from({ length: Math.max(1, threads) }, (_, i) => {
      return new WorkerChannel(i === 0 ? 'merge worker' : `merge worker ${i + 1}`, script, heapBytes)
    })
  }

  get first(): WorkerChannel<WorkerJob, WorkerResult> {
    return this.#channels[0]!
  }

  /** How many threads live. */
  get running(): number {
    return this.#channels.filter(({ running }) => running).length
  }

  /** @throws WorkerCrashedError - a thread died, or the error of a job; an abort stops the wait, not the computation */
  async merge(job: MergeJob, options: { readonly signal?: AbortSignal } = {}): Promise<MergeResult> {
    // exact sums are kept from merge to merge by one thread
    const threads = job.spec.sums === 'exact' ? 1 : this.#channels.length
    const shares = shareModules(job.spec, job.contributions.length, threads, this.#productsPerThread)
    // exact sums are kept in the first thread from merge to merge
    if (shares.length < 2 || job.spec.sums === 'exact') return await this.first.ask<MergeResult>(job, options)
    const { spec, contributions } = job
    const parts = await Promise.all(
      shares.map((names, i) =>
        this.#channels[i]!.ask<MergedModules>({ kind: 'modules', spec, contributions, names }, options),
      ),
    )
    const modules: MergedModules = new Map(parts.flatMap((part) => [...part]))
    return await this.first.ask<MergeResult>({ ...job, modules }, { ...options, handOver: true })
  }

  async close(): Promise<void> {
    await Promise.all(this.#channels.map((channel) => channel.close()))
  }
}
