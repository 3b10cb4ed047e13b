import type { Verdict } from '../gossip/index.ts'
import type { MergeResult, MergeSpec } from '../merge/index.ts'
import type { ContributionFiles, WorkerJob, WorkerResult } from './merge-jobs.ts'
import { workerScript } from './spawn-worker.ts'
import type { NodeStore, StoredContribution } from './types.ts'
import { WorkerChannel } from './worker-channel.ts'

export interface MergeClientInit {
  readonly spec: MergeSpec
  /** Digest of the charter. */
  readonly charter: string
  readonly store: Pick<NodeStore, 'chunkPaths'>
}

/** Merges and judges payloads in a thread of its own, which starts with the first job. */
export class MergeClient {
  readonly #init: MergeClientInit
  readonly #channel = new WorkerChannel<WorkerJob, WorkerResult>(
    'merge worker',
    workerScript('./merge-worker', import.meta.url),
  )
  /** The newest result and its cut; asking again for the same cut computes nothing. */
  #last: { readonly cut: string; readonly result: MergeResult } | undefined

  constructor(init: MergeClientInit) {
    this.#init = init
  }

  /** @throws CorruptChunkError, WorkerCrashedError, and the errors of mergeContributions */
  async merge(
    contributions: readonly StoredContribution[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<MergeResult> {
    const { spec, charter } = this.#init
    const cut = contributions.map(({ id }) => id).join()
    if (this.#last?.cut === cut) return this.#last.result
    const files = contributions.map((contribution) => this.#files(contribution))
    const job: WorkerJob = { kind: 'merge', spec, charter, contributions: files }
    const result = await this.#channel.ask<MergeResult>(job, options)
    this.#last = { cut, result }
    return result
  }

  /** Header and payload under the charter's spec. All chunks are in the store. @throws as `merge` */
  async validate(
    { id, header }: Pick<StoredContribution, 'id' | 'header'>,
    paths: readonly string[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Verdict> {
    const job: WorkerJob = { kind: 'validate', spec: this.#init.spec, contribution: { id, header, paths } }
    return await this.#channel.ask<Verdict>(job, options)
  }

  async close(): Promise<void> {
    await this.#channel.close()
  }

  #files({ id, header }: StoredContribution): ContributionFiles {
    return { id, header, paths: this.#init.store.chunkPaths(id) }
  }
}
