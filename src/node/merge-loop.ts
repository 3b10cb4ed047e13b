import type { MergeResult } from '../merge/index.ts'
import { filesOf, type MergeClient } from './merge-client.ts'
import type { MergeSource, NewestMerge } from './merge-source.ts'
import { MergeTurns } from './merge-turns.ts'
import type { MergeSummary, NodeStore, StoredContribution } from './types.ts'

export interface MergeLoopInit {
  readonly store: NodeStore
  /** Whether an admitted contribution counts, as the ledger stands. @default all do */
  readonly counts?: (header: StoredContribution['header']) => boolean
  readonly merges: Pick<MergeClient, 'merge'>
  readonly signal: AbortSignal
  /** Keeps a new merge; awaited before it is told. */
  save(result: MergeResult, summary: MergeSummary): Promise<unknown>
  /** After each merge, before the next begins; what it was chosen from. */
  afterMerge?(result: MergeResult, known: readonly StoredContribution[]): Promise<void>
  /** Nothing that counts is there to merge, which is known now. */
  onNothing?(): void
  onMerged(summary: MergeSummary): void
  onProblem(error: unknown): void
}

/**
 * Keeps the merge of everything admitted up to date. Requests that come while a merge is under way end in one merge after it,
 * so a burst of arrivals costs two merges, not one each.
 */
export class MergeLoop implements MergeSource {
  readonly #init: MergeLoopInit
  readonly #turns: MergeTurns
  #newest: NewestMerge | undefined
  #inUse: ReadonlySet<string> = new Set()

  constructor(init: MergeLoopInit) {
    this.#init = init
    this.#turns = new MergeTurns({
      ...init,
      work: () => this.#merge(),
      onProblem: (error) => init.onProblem(error),
    })
  }

  /** Undefined until something has been admitted. */
  get newest(): NewestMerge | undefined {
    return this.#newest
  }

  /**
   * The merge of what `newest` has of one task: what training goes on from in it. Undefined where that is nothing.
   *
   * @throws CorruptChunkError, WorkerCrashedError
   */
  async ofTask(task: string | null): Promise<Pick<NewestMerge, 'result'> | undefined> {
    const newest = this.#newest
    if (newest === undefined) return undefined
    const { store, merges, signal } = this.#init
    const cut = new Set(newest.summary.cut)
    const known = this.#counting().filter(({ id }) => cut.has(id))
    const own = known.filter(({ header }) => header.task === task)
    if (own.length === known.length) return newest
    if (own.length === 0) return undefined
    return { result: await merges.merge(own.map((kept) => filesOf(store, kept)), { signal }) } // prettier-ignore
  }

  /** Whether `newest` covers all that is admitted. */
  get isCurrent(): boolean {
    return !this.#turns.isDirty
  }

  /** Ids that the merge under way reads. */
  get inUse(): ReadonlySet<string> {
    return this.#inUse
  }

  /** The admitted set has changed, or what of it counts. */
  request(): void {
    this.#turns.request()
  }

  /** Resolves when no merge is under way. */
  idle(): Promise<void> {
    return this.#turns.idle()
  }

  async #merge(): Promise<void> {
    try {
      await this.#mergeOnce()
    } finally {
      this.#inUse = new Set()
    }
  }

  async #mergeOnce(): Promise<void> {
    const { store, merges, signal } = this.#init
    const contributions = this.#counting()
    const admitted = cutKey(contributions)
    this.#inUse = new Set(contributions.map(({ id }) => id))
    const files = contributions.map((kept) => filesOf(store, kept))
    const result = files.length === 0 ? undefined : await merges.merge(files, { signal })
    this.#inUse = new Set()
    await this.#keep(result, contributions)
    this.#turns.settle(cutKey(this.#counting()) !== admitted)
    if (result !== undefined) await this.#after(result, contributions)
    if (this.#newest === undefined) this.#init.onNothing?.()
    else this.#init.onMerged(this.#newest.summary)
  }

  #counting(): readonly StoredContribution[] {
    const { store, counts = () => true } = this.#init
    return store.list('admitted').filter(({ header }) => counts(header))
  }

  /** What adds nothing that counts changes no digest, and only how many were there. */
  async #keep(result: MergeResult | undefined, contributions: readonly StoredContribution[]): Promise<void> {
    if (result === undefined) {
      this.#newest = undefined
      return
    }
    const pruned = this.#init.store.list('pruned')
    const summary = summarise(result, contributions, pruned.length)
    if (summary.digest !== this.#newest?.summary.digest) await this.#init.save(result, summary)
    this.#newest = { result, summary }
  }

  /** The merge is there, whatever becomes of what it does not need. */
  async #after(result: MergeResult, known: readonly StoredContribution[]): Promise<void> {
    try {
      await this.#init.afterMerge?.(result, known)
    } catch (error) {
      this.#init.onProblem(error)
    }
  }
}

function cutKey(contributions: readonly StoredContribution[]): string {
  return contributions.map(({ id }) => id).join()
}

export function summarise(
  result: MergeResult,
  contributions: readonly Pick<StoredContribution, 'id' | 'header'>[],
  pruned = 0,
): MergeSummary {
  const cut = new Set(result.cut)
  const counting = contributions.filter(({ id }) => cut.has(id))
  return {
    digest: result.digests.merge,
    cutDigest: result.digests.cut,
    adapter: result.digests.adapter,
    classifier: result.digests.classifier,
    classifierSource: result.classifierSource,
    generation: result.generation,
    cut: result.cut,
    known: contributions.length + pruned,
    equivocating: result.equivocating,
    contributors: [...new Set(counting.map(({ header }) => header.peer))].sort(),
  }
}
