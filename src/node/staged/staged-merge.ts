import type { Cut, NetworkRounds } from '../../gossip/index.ts'
import {
  firstChain,
  parseAgenda,
  termsOf,
  type MergeResult,
  type MergeSpec,
  type RoundTerms,
  type StagedChain,
} from '../../merge/index.ts'
import { filesOf, type MergeClient } from '../merge-client.ts'
import type { MergeSource, NewestMerge } from '../merge-source.ts'
import { summarise } from '../merge-loop.ts'
import { MergeTurns } from '../merge-turns.ts'
import type { MergeSummary, NodeStore, StoredContribution } from '../types.ts'

export interface StagedMergeInit {
  readonly spec: MergeSpec
  readonly store: NodeStore
  readonly merges: Pick<MergeClient, 'round' | 'model'>
  readonly signal: AbortSignal
  rounds(): Pick<NetworkRounds, 'decided'> | undefined
  /** Statistics that count, as the ledger stands. */
  statistics(): readonly StoredContribution[]
  save(result: MergeResult, summary: MergeSummary): Promise<unknown>
  afterMerge(result: MergeResult, known: readonly StoredContribution[]): Promise<void>
  /** Contributions to one more round can be judged now. */
  onRound(): void
  onMerged(summary: MergeSummary): void
  onProblem(error: unknown): void
}

/**
 * Follows the decided cuts of the staged schedule: round after round as their contributions are here, then the model in use. Nothing but
 * the cuts and statistics enter, so that whatever else has arrived makes no difference.
 */
export class StagedMerge implements MergeSource {
  readonly #init: StagedMergeInit
  readonly #turns: MergeTurns
  readonly #terms: (RoundTerms | undefined)[]
  #chain: StagedChain
  #newest: NewestMerge | undefined
  readonly #missing = { cut: 0, ends: 0 }
  /** What `newest` is made from. */
  #made = ''
  #inUse: ReadonlySet<string> = new Set()

  constructor(init: StagedMergeInit) {
    this.#init = init
    this.#chain = firstChain(init.spec)
    this.#terms = [termsOf(init.spec, this.#chain)]
    this.#turns = new MergeTurns({
      ...init,
      work: () => this.#follow(),
      onProblem: (error) => init.onProblem(error),
    })
  }

  get newest(): NewestMerge | undefined {
    return this.#newest
  }

  get isCurrent(): boolean {
    return !this.#turns.isDirty && this.missing === 0
  }

  get inUse(): ReadonlySet<string> {
    return this.#inUse
  }

  get chain(): StagedChain {
    return this.#chain
  }

  /** Contributions of the next decided cut, or of the ends of tasks, that are not here. */
  get missing(): number {
    return this.#missing.cut + this.#missing.ends
  }

  /** What contributions to a round must say: undefined for one about nothing; `ahead` for one whose base is not known here yet. */
  termsAt(round: number): RoundTerms | undefined | 'ahead' {
    return round < this.#terms.length ? this.#terms[round] : 'ahead'
  }

  request(): void {
    this.#turns.request()
  }

  idle(): Promise<void> {
    return this.#turns.idle()
  }

  async #follow(): Promise<void> {
    this.#turns.settle()
    try {
      let cut = await this.#nextCut()
      while (cut !== null && (await this.#step(cut))) cut = await this.#nextCut()
      await this.#use()
    } finally {
      this.#inUse = new Set()
    }
  }

  async #nextCut(): Promise<Cut | null> {
    const decided = await this.#init.rounds()?.decided(this.#chain.round)
    return decided?.cut ?? null
  }

  /** Whether all of it is here. */
  async #step({ contributions: ids, agenda }: Cut): Promise<boolean> {
    const { store, merges, signal, spec } = this.#init
    const held = this.#held(ids)
    this.#missing.cut = ids.length - held.length
    if (held.length < ids.length) return false
    this.#inUse = new Set(ids)
    const contributions = held.map((kept) => filesOf(store, kept))
    const next = parseAgenda(agenda)
    this.#chain = await merges.round({ chain: this.#chain, contributions, next }, { signal })
    this.#terms.push(termsOf(spec, this.#chain))
    this.#init.onRound()
    return true
  }

  /** Those that are here whole. */
  #held(ids: readonly string[]): readonly StoredContribution[] {
    const { store } = this.#init
    return ids.flatMap((id) => store.get(id) ?? []).filter(({ state }) => state === 'admitted')
  }

  /** The model in use, unless it is there already. */
  async #use(): Promise<void> {
    const { merges, signal, store } = this.#init
    const statistics = this.#init.statistics()
    if (this.#chain.round === 0 && statistics.length === 0) return
    const made = [this.#chain.round, ...statistics.map(({ id }) => id)].join(' ')
    if (made === this.#made) return
    const ids = this.#chain.ended.flatMap(({ grams }) => grams)
    const ends = this.#held(ids)
    this.#missing.ends = ids.length - ends.length
    if (ends.length < ids.length) return
    this.#inUse = new Set([...statistics, ...ends].map(({ id }) => id))
    const files = (of: readonly StoredContribution[]) => of.map((kept) => filesOf(store, kept))
    const job = { chain: this.#chain, statistics: files(statistics), grams: files(ends) }
    await this.#keep(await merges.model(job, { signal }))
    this.#made = made
  }

  async #keep(result: MergeResult): Promise<void> {
    const init = this.#init
    const known = init.store.list('admitted').filter(({ header }) => (header.round ?? -1) < this.#chain.round)
    const summary = summarise(result, known)
    if (summary.digest !== this.#newest?.summary.digest) await init.save(result, summary)
    this.#newest = { result, summary }
    const cut = new Set(this.#chain.cut)
    // What came too late for its round is no older state of anything: it would be let go and fetched again, and again.
    await init.afterMerge(result, known.filter(({ id, header }) => header.round === null || cut.has(id))) // prettier-ignore
    init.onMerged(summary)
  }
}
