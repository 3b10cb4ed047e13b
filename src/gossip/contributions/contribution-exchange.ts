import { BoundedMap } from '../wire/bounded-map.ts'
import { MAX_HELD, MAX_REFUSED } from '../constants.ts'
import { asError, RefusedError, StoreFailedError } from '../errors.ts'
import { inventoryDigest } from '../sync/inventory.ts'
import type { ContributionHeader } from '../../merge/index.ts'
import type { Standing } from '../ledger/types.ts'
import type { EquivocationWatch } from './equivocation-watch.ts'
import type { OpenedEnvelope } from './open-envelope.ts'
import { openEnvelope } from './open-envelope.ts'
import type { ContributionJudge, ContributionState, GossipStore, Logger, Verdict } from '../types.ts'

const NOT_A_MEMBER = 'not-a-member'

/** Ids, ascending, and the digest over them. */
export interface Offer {
  readonly ids: readonly string[]
  readonly digest: string
}

/** What became of an envelope. `id` is absent when nothing in it can be trusted. */
export type Receipt =
  | { readonly kind: 'known' | 'kept'; readonly id: string }
  | { readonly kind: 'held'; readonly id: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly id?: string; readonly reason: string }

export interface ContributionExchangeInit {
  readonly consortium: string
  readonly store: Pick<GossipStore, 'inventory' | 'putEnvelope'>
  readonly judge: Pick<ContributionJudge, 'judgeHeader'>
  readonly logger: Logger
  readonly isMember: (peer: string) => boolean
  /** Where there is a ledger: whether a contribution counts as it stands; what does not is held. */
  readonly standing?: ((header: ContributionHeader) => Standing) | undefined
  /** Told of every envelope whose signature holds. */
  readonly watch?: EquivocationWatch | undefined
  /** A header was kept: its payload is to be fetched and judged. */
  onKept(opened: OpenedEnvelope): void
  /** `id` is null where the bytes name none that could be trusted. */
  onRefused(id: string | null, reason: string, bearer: string): void
}

/**
 * The set of contributions that this node knows, and the one way into it:
 * size → decode → signature → membership → judge's word on the header → durable. Refused ids are never asked for again.
 */
export class ContributionExchange {
  readonly #init: ContributionExchangeInit
  readonly #known = new Map<string, ContributionState>()
  readonly #refused = new BoundedMap<string, string>(MAX_REFUSED)
  readonly #held = new BoundedMap<string, { opened: OpenedEnvelope; bearer: string }>(MAX_HELD)
  readonly #entering = new Map<string, Promise<Receipt>>()
  #offer: Offer | undefined

  constructor(init: ContributionExchangeInit) {
    this.#init = init
  }

  /** Takes over what the store holds. A state that is final here stays, as the store was read a moment ago. */
  async load(): Promise<void> {
    for (const { id, state } of await this.#init.store.inventory()) {
      const known = this.#known.get(id)
      if (known === undefined || (known === 'fetching' && state !== known)) this.settle(id, state)
    }
  }

  isKnown(id: string): boolean {
    return this.#known.has(id)
  }

  stateOf(id: string): ContributionState | undefined {
    return this.#known.get(id)
  }

  countOf(state: ContributionState): number {
    let count = 0
    for (const known of this.#known.values()) if (known === state) count++
    return count
  }

  /** Neither known nor waiting nor refused. */
  wants(id: string): boolean {
    return !this.#known.has(id) && !this.#held.has(id) && !this.#refused.has(id)
  }

  /** What is told to others: all known but the rejected. */
  offer(): Offer {
    if (this.#offer === undefined) {
      const ids = [...this.#known].flatMap(([id, state]) => (state === 'rejected' ? [] : [id])).sort()
      this.#offer = { ids, digest: inventoryDigest(ids) }
    }
    return this.#offer
  }

  /** Ids whose payload is not yet judged. */
  unsettled(): string[] {
    return [...this.#known].flatMap(([id, state]) => (state === 'fetching' ? [id] : []))
  }

  settle(id: string, state: ContributionState): void {
    this.#known.set(id, state)
    this.#offer = undefined
  }

  /** @throws StoreFailedError - it could not be kept */
  async receive(bytes: Uint8Array, bearer: string): Promise<Receipt> {
    let opened
    try {
      opened = await openEnvelope(bytes, this.#init.consortium)
    } catch (thrown) {
      if (!(thrown instanceof RefusedError)) throw thrown
      this.#init.onRefused(null, thrown.reason, bearer)
      return { kind: 'refused', reason: thrown.reason }
    }
    return this.enter(opened, bearer)
  }

  /** For an envelope already opened; @throws StoreFailedError - it could not be kept */
  async enter(opened: OpenedEnvelope, bearer: string, verdict?: Verdict): Promise<Receipt> {
    const { id } = opened
    if (this.#known.has(id)) return { kind: 'known', id }
    this.#init.watch?.see(opened)
    const refusedFor = this.#refused.get(id)
    if (refusedFor !== undefined) return { kind: 'refused', id, reason: refusedFor }
    const entering = this.#entering.get(id)
    if (entering !== undefined) return entering
    const receipt = this.#admit(opened, bearer, verdict ?? this.judge(opened))
    this.#entering.set(id, receipt)
    try {
      return await receipt
    } finally {
      this.#entering.delete(id)
    }
  }

  /** The word on a header; what is known already is not judged a second time. Never throws. */
  judge({ id, header }: OpenedEnvelope): Verdict {
    if (this.#known.has(id)) return { kind: 'accept' }
    const refusedFor = this.#refused.get(id)
    if (refusedFor !== undefined) return { kind: 'reject', reason: refusedFor }
    const { standing, isMember } = this.#init
    if (standing === undefined && !isMember(header.peer)) return { kind: 'reject', reason: NOT_A_MEMBER }
    const objection = standing?.(header) ?? 'counts'
    if (objection !== 'counts') return { kind: 'hold', reason: objection }
    try {
      return this.#init.judge.judgeHeader(header)
    } catch (thrown) {
      this.#init.logger.error({ id, err: asError(thrown) }, 'a header could not be judged')
      return { kind: 'hold', reason: 'judge-failed' }
    }
  }

  /** Members have changed: who was none may be one now. */
  forgetNonMembers(): void {
    for (const [id, reason] of this.#refused.entries()) if (reason === NOT_A_MEMBER) this.#refused.delete(id)
  }

  get heldCount(): number {
    return this.#held.size
  }

  /** Judges again what could not be judged before. */
  async retryHeld(): Promise<void> {
    for (const [, { opened, bearer }] of this.#held.entries()) {
      try {
        await this.enter(opened, bearer)
      } catch (thrown) {
        this.#init.logger.error(
          { id: opened.id, err: asError(thrown) },
          'a held contribution could not be kept',
        )
      }
    }
  }

  async #admit(opened: OpenedEnvelope, bearer: string, verdict: Verdict): Promise<Receipt> {
    const { id, bytes } = opened
    switch (verdict.kind) {
      case 'reject':
        this.#held.delete(id)
        this.#refused.set(id, verdict.reason)
        this.#init.onRefused(id, verdict.reason, bearer)
        return { kind: 'refused', id, reason: verdict.reason }
      case 'hold':
        this.#held.set(id, { opened, bearer })
        return { kind: 'held', id, reason: verdict.reason }
      case 'accept':
        await this.#keep(id, bytes)
        this.#held.delete(id)
        this.#init.watch?.stored(id, opened.header)
        this.settle(id, 'fetching')
        this.#init.onKept(opened)
        return { kind: 'kept', id }
    }
  }

  async #keep(id: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#init.store.putEnvelope(id, bytes)
    } catch (cause) {
      throw new StoreFailedError(`envelope ${id}`, { cause })
    }
  }
}
