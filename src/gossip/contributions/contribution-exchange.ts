import { BoundedMap } from '../wire/bounded-map.ts'
import {
  AUTHOR_RATE,
  FORGET_RATE_MS,
  MAX_CONTRIBUTIONS_PER_AUTHOR,
  MAX_HELD,
  MAX_RATED_PEERS,
  MAX_REFUSED,
} from '../constants.ts'
import type { ContributionHeader } from '../../merge/index.ts'
import type { NetworkCounters } from '../counters.ts'
import type { Clock } from '../wire/clock.ts'
import { FairMap } from '../wire/fair-map.ts'
import { AuthorQuota } from './author-quota.ts'
import { asError, RefusedError, StoreFailedError } from '../errors.ts'
import { decodeHeader } from '../../merge/index.ts'
import type { Standing } from '../ledger/types.ts'
import { decodeEnvelope } from './envelope.ts'
import type { EquivocationWatch } from './equivocation-watch.ts'
import { type HeaderFacts, OfferedIds } from './offered-ids.ts'
import type { OrderedIds } from '../sync/ordered-ids.ts'
import type { OpenedEnvelope } from './open-envelope.ts'
import { openEnvelope } from './open-envelope.ts'
import type { ContributionJudge, ContributionState, GossipStore, Logger, Verdict } from '../types.ts'

const NOT_A_MEMBER = 'not-a-member'
const AUTHOR_FULL = 'author-full'
const TOO_FAST = 'author-rate'

/** What became of an envelope. `id` is absent when nothing in it can be trusted. */
export type Receipt =
  | { readonly kind: 'known' | 'kept'; readonly id: string }
  | { readonly kind: 'held'; readonly id: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly id?: string; readonly reason: string }

export interface ContributionExchangeInit {
  readonly consortium: string
  readonly store: Pick<GossipStore, 'inventory' | 'getEnvelope' | 'putEnvelope'>
  readonly judge: Pick<ContributionJudge, 'judgeHeader'>
  readonly logger: Logger
  readonly isMember: (peer: string) => boolean
  readonly clock: Clock
  readonly counters: NetworkCounters
  /** Where there is a ledger: whether a contribution counts as it stands; what does not is held. See `reviewStanding`. */
  readonly standing?: ((facts: HeaderFacts, id: string) => Standing) | undefined
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
  readonly #held = new FairMap<string, { opened: OpenedEnvelope; bearer: string }>(MAX_HELD)
  readonly #entering = new Map<string, Promise<Receipt>>()
  readonly #offered: OfferedIds
  readonly #quota: AuthorQuota
  #forgottenAt: number

  constructor(init: ContributionExchangeInit) {
    this.#init = init
    const { standing } = init
    this.#offered = new OfferedIds(standing && ((facts, id) => standing(facts, id) === 'counts'))
    const limits = { most: MAX_CONTRIBUTIONS_PER_AUTHOR, rate: AUTHOR_RATE, authors: MAX_RATED_PEERS }
    this.#quota = new AuthorQuota(limits, init.clock)
    this.#forgottenAt = init.clock.now()
  }

  /** Takes over what the store holds. A state that is final here stays, as the store was read a moment ago. */
  async load(): Promise<void> {
    for (const { id, state } of await this.#init.store.inventory()) {
      const known = this.#known.get(id)
      if (known !== undefined && (known !== 'fetching' || state === known)) continue
      const header = known === undefined ? await this.#headerOf(id) : undefined
      this.#learn(id, header)
      this.settle(id, state)
      if (header !== undefined && state !== 'rejected') this.#count(id, header)
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

  /** What is told to others: all known that are not rejected and count. */
  get offered(): OrderedIds {
    return this.#offered.ids
  }

  /** Highest sequence number seen of a peer, whatever became of it; 0 for none. */
  highestSequence(peer: string): number {
    return this.#offered.highestSequence(peer)
  }

  /** The ledger says something else now of what counts. */
  reviewStanding(): void {
    this.#offered.review(this.#known)
  }

  /** Ids whose payload is not yet judged and worth fetching: what does not count is left until it does. */
  unsettled(): string[] {
    return [...this.#known].flatMap(([id, state]) =>
      state === 'fetching' && this.offered.has(id) ? [id] : [],
    )
  }

  settle(id: string, state: ContributionState): void {
    this.#known.set(id, state)
    this.#offered.settle(id, state)
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
    if (this.#init.isMember(opened.header.peer)) this.#offered.saw(opened.header)
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
    const objection = standing?.(header, id) ?? 'counts'
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
    this.#forgetRefused(NOT_A_MEMBER)
  }

  /** What came too fast may enter when it is offered again. */
  #forgetTooFast(): void {
    const now = this.#init.clock.now()
    if (now < this.#forgottenAt + FORGET_RATE_MS) return
    this.#forgottenAt = now
    this.#forgetRefused(TOO_FAST)
  }

  #forgetRefused(reason: string): void {
    for (const [id, why] of this.#refused.entries()) if (why === reason) this.#refused.delete(id)
  }

  get heldCount(): number {
    return this.#held.size
  }

  /** Judges again what could not be judged before. */
  async retryHeld(): Promise<void> {
    this.#forgetTooFast()
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
        this.#held.set(id, { opened, bearer }, bearer)
        return { kind: 'held', id, reason: verdict.reason }
      case 'accept': {
        const met = this.#quotaMet(opened)
        if (met !== undefined) return met
        await this.#keep(id, bytes)
        this.#held.delete(id)
        this.#learn(id, opened.header)
        this.settle(id, 'fetching')
        this.#count(id, opened.header)
        this.#init.onKept(opened)
        return { kind: 'kept', id }
      }
    }
  }

  /** Costs the bearer nothing: it cannot know what else of this author arrived here. */
  #quotaMet({ id, header }: OpenedEnvelope): Receipt | undefined {
    let met: typeof AUTHOR_FULL | typeof TOO_FAST
    if (!this.#quota.hasPlace(id, header)) met = AUTHOR_FULL
    else if (!this.#quota.mayEnter(header.peer)) met = TOO_FAST
    else return undefined
    this.#init.counters.met(met)
    this.#held.delete(id)
    this.#refused.set(id, met)
    return { kind: 'refused', id, reason: met }
  }

  #count(id: string, header: ContributionHeader): void {
    for (const surplus of this.#quota.enter(id, header)) {
      this.#init.counters.met(AUTHOR_FULL)
      this.settle(surplus, 'rejected')
    }
  }

  /** Undefined where the store has no readable envelope, which payload-transfer.ts reports. */
  async #headerOf(id: string): Promise<ContributionHeader | undefined> {
    const envelope = await this.#init.store.getEnvelope(id)
    return envelope === undefined ? undefined : decodeHeader(decodeEnvelope(envelope).header)
  }

  #learn(id: string, facts: HeaderFacts | undefined): void {
    this.#offered.learn(id, facts)
    if (facts !== undefined) this.#init.watch?.stored(id, facts)
  }

  async #keep(id: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#init.store.putEnvelope(id, bytes)
    } catch (cause) {
      throw new StoreFailedError(`envelope ${id}`, { cause })
    }
  }
}
