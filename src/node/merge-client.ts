import type { Verdict } from '../gossip/index.ts'
import type { MergeResult, MergeSpec, RestOfWorld, RoundTerms, StagedChain } from '../merge/index.ts'
import type { AssembledContribution } from './assemble-contribution.ts'
import type {
  AssembleJob,
  ContributionFiles,
  ModelJob,
  OwnJob,
  RestJob,
  RoundJob,
  WorkerJob,
} from './merge-jobs.ts'
import { MergePool } from './merge-pool.ts'
import type { NodeStore, StoredContribution } from './types.ts'
import type { OwnModel } from './personal/own-model.ts'

export interface MergeClientInit {
  readonly spec: MergeSpec
  /** Digest of the charter. */
  readonly charter: string
  /** Digest of the founding charter, by which rounds go on whatever has been amended. @default the charter's */
  readonly consortium?: string | undefined
  /** Digests of earlier charters whose contributions count. @default none */
  readonly carried?: readonly string[] | undefined
  /** Most threads that a merge may use. @default one less than the processor's cores, 1 to 4 */
  readonly threads?: number | undefined
  /** Most that JavaScript objects of each thread may take; large arrays are beside them. @default what Node gives a thread */
  readonly heapBytes?: number | undefined
}

export interface ValidateOptions {
  readonly signal?: AbortSignal
  /** @default the charter's */
  readonly spec?: MergeSpec
  /** Of a contribution to a round. */
  readonly at?: RoundTerms | undefined
}

/** Merges and judges payloads in threads of its own, which start with the first jobs that need them. */
export class MergeClient {
  readonly #init: MergeClientInit
  readonly #pool: MergePool
  /** The newest result and its cut; asking again for the same computes nothing. */
  #last: { readonly cut: string; readonly spec: MergeSpec; readonly result: MergeResult } | undefined

  constructor(init: MergeClientInit) {
    this.#init = init
    this.#pool = new MergePool(init.threads, undefined, init.heapBytes)
  }

  /**
   * @param options.spec - to merge by instead of the charter's
   * @throws CorruptChunkError, WorkerCrashedError, and the errors of mergeContributions
   */
  async merge(
    contributions: readonly ContributionFiles[],
    options: { readonly signal?: AbortSignal; readonly spec?: MergeSpec } = {},
  ): Promise<MergeResult> {
    const { charter, carried } = this.#init
    const spec = options.spec ?? this.#init.spec
    const cut = contributions.map(({ id }) => id).join()
    if (this.#last?.cut === cut && this.#last.spec === spec) return this.#last.result
    const result = await this.#pool.merge({ kind: 'merge', spec, charter, carried, contributions }, options)
    this.#last = { cut, spec, result }
    return result
  }

  /** Header and payload under the charter's spec, or another. @throws CorruptChunkError, WorkerCrashedError */
  async validate(contribution: ContributionFiles, options: ValidateOptions = {}): Promise<Verdict> {
    const { spec = this.#init.spec, at } = options
    const job: WorkerJob = { kind: 'validate', spec, at, contribution }
    return await this.#pool.first.ask<Verdict>(job, options)
  }

  /** @throws CorruptChunkError, WorkerCrashedError */
  async round(
    job: Omit<RoundJob, 'kind' | 'spec' | 'charter' | 'carried'>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<StagedChain> {
    const { spec, charter: own, consortium: charter = own, carried: earlier = [] } = this.#init
    const carried = [own, ...earlier]
    return await this.#pool.first.ask<StagedChain>({ kind: 'round', spec, charter, carried, ...job }, options)
  }

  /** @throws CorruptChunkError, WorkerCrashedError, MergeRankError */
  async rest(
    job: Omit<RestJob, 'kind' | 'spec'>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<RestOfWorld> {
    return await this.#pool.first.ask<RestOfWorld>({ kind: 'rest', spec: this.#init.spec, ...job }, options)
  }

  /** Null where the site's statistics are not among them. @throws CorruptChunkError, WorkerCrashedError */
  async own(
    job: Omit<OwnJob, 'kind' | 'spec'>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<OwnModel | null> {
    return await this.#pool.first.ask<OwnModel | null>({ kind: 'own', spec: this.#init.spec, ...job }, options) // prettier-ignore
  }

  /** @throws CorruptChunkError, WorkerCrashedError, MergeRankError */
  async model(
    job: Omit<ModelJob, 'kind' | 'spec' | 'charter'>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<MergeResult> {
    const { spec, charter: own, consortium: charter = own } = this.#init
    return await this.#pool.first.ask<MergeResult>({ kind: 'model', spec, charter, ...job }, options)
  }

  /** Bytes and digests of an own contribution; the draft's tensors are given away. @throws MalformedError, WorkerCrashedError */
  async assemble(
    job: Omit<AssembleJob, 'kind'>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<AssembledContribution> {
    return await this.#pool.first.ask<AssembledContribution>(
      { kind: 'assemble', ...job },
      { ...options, handOver: true },
    )
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}

/** A kept contribution as the worker reads it. */
export function filesOf(
  store: Pick<NodeStore, 'pathsOf'>,
  { id, header }: StoredContribution,
): ContributionFiles {
  return { id, header, payload: store.pathsOf(header.payload.chunks) }
}
