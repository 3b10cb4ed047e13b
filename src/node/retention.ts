import type { MergeResult } from '../merge/index.ts'
import type { Logger } from './logger.ts'
import { SerialQueue } from '../gossip/records.ts'
import { isSuperseded, neededAgain, supersededBy } from './superseded.ts'
import type { NodeStore, StoredContribution } from './types.ts'

export interface RetentionInit {
  readonly policy: 'drop' | 'keep'
  /** Peer id of this site. */
  readonly self: string
  readonly store: Pick<NodeStore, 'get' | 'list' | 'setVerdict'>
  readonly logger: Logger
  /** Whether a contribution may ever count again: one that is withdrawn may not. @default all may */
  counts?(contribution: StoredContribution): boolean
  /** Ids that a merge under way reads. */
  inUse(): ReadonlySet<string>
  /** Ids behind the merges that are kept; `pinned` alone are never let go for want of room. */
  behindMerges(): Promise<{ readonly kept: ReadonlySet<string>; readonly pinned: ReadonlySet<string> }>
  /** Their payloads are not here any more. */
  onPruned(ids: readonly string[]): void
  /** Their payloads are wanted again. */
  onNeeded(ids: readonly string[]): void
}

/** What was chosen from at the last merge, and what counted of it. */
interface Standing {
  readonly superseded: readonly StoredContribution[]
  readonly counting: readonly StoredContribution[]
}

/**
 * Lets go of payloads that newer contributions supersede, so that a node which runs for months needs no more and more disk. Never of what
 * counts, of what a merge reads just now, nor of an own contribution that nobody else holds. The envelope stays.
 */
export class Retention {
  readonly #init: RetentionInit
  readonly #turns = new SerialQueue()
  #standing: Standing = { superseded: [], counting: [] }

  constructor(init: RetentionInit) {
    this.#init = init
  }

  /** A merge of `known` is done and saved. */
  merged(
    result: Pick<MergeResult, 'cut' | 'equivocating'>,
    known: readonly StoredContribution[],
  ): Promise<void> {
    return this.#turns.run(async () => {
      const equivocating = new Set(result.equivocating)
      const counting = known.filter(({ id }) => !equivocating.has(id))
      const still = new Set(counting.map(({ id }) => id))
      const lost = this.#standing.counting.filter(({ id }) => !still.has(id) && this.#isHere(id))
      this.#standing = { superseded: supersededBy(result, known), counting }
      const pruned = this.#init.store.list('pruned').filter((one) => this.#init.counts?.(one) ?? true)
      await this.#takeBack(neededAgain(pruned, counting, lost))
      if (this.#init.policy === 'keep') return
      const { kept } = await this.#init.behindMerges()
      await this.#letGo(this.#evictable().filter(({ id }) => !kept.has(id)))
    })
  }

  /** Oldest first, until at least `bytes` are free or nothing more may go. */
  evict(bytes: number): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#init.policy === 'keep') return
      const { pinned } = await this.#init.behindMerges()
      const chosen: StoredContribution[] = []
      let freed = 0
      for (const one of this.#evictable()) {
        if (freed >= bytes) break
        if (pinned.has(one.id)) continue
        chosen.push(one)
        freed += one.header.payload.size
      }
      await this.#letGo(chosen)
    })
  }

  /** Nobody at hand has the payload of this contribution: whether it need not be asked for any more. */
  mayBeGone(contribution: StoredContribution): boolean {
    return isSuperseded(contribution, this.#standing.counting)
  }

  #isHere(id: string): boolean {
    const state = this.#init.store.get(id)?.state
    return state === 'admitted' || state === 'rejected'
  }

  #evictable(): StoredContribution[] {
    const { self, store } = this.#init
    const used = this.#init.inUse()
    return this.#standing.superseded.filter(({ id, header }) => {
      const now = store.get(id)
      if (now?.state !== 'admitted' || used.has(id)) return false
      return header.peer !== self || now.acknowledged === true
    })
  }

  async #letGo(contributions: readonly StoredContribution[]): Promise<void> {
    if (contributions.length === 0) return
    const ids = contributions.map(({ id }) => id)
    for (const id of ids) await this.#init.store.setVerdict(id, 'pruned', 'superseded')
    this.#init.onPruned(ids)
    this.#init.logger.info({ ids }, 'superseded payloads are let go')
  }

  async #takeBack(contributions: readonly StoredContribution[]): Promise<void> {
    if (contributions.length === 0) return
    const ids = contributions.map(({ id }) => id)
    for (const id of ids) await this.#init.store.setVerdict(id, 'fetching', 'needed-again')
    this.#init.logger.warn({ ids }, 'payloads that were let go may count again and are fetched')
    this.#init.onNeeded(ids)
  }
}
