import type { Network } from '../gossip/index.ts'
import { PeermergeError } from '../errors.ts'
import type { ContributionDraft } from './assemble-contribution.ts'
import { PublishRefusedError } from './errors.ts'
import type { DiskSpace } from './disk-space.ts'
import type { EventHub } from './event-hub.ts'
import type { FittedSite } from './fit-site.ts'
import type { MergeClient } from './merge-client.ts'
import type { MergeLoop } from './merge-loop.ts'
import { memberName } from './member-name.ts'
import { noticeOf } from './node-status.ts'
import { OwnNumbers } from './own-numbers.ts'
import type { Problems } from './problems.ts'
import { publishDraft } from './publisher.ts'
import type { Decision, ScheduleFacts } from './schedule.ts'
import { scheduleFacts, type ScheduleMemory } from './schedule-facts.ts'
import { ScheduleLoop } from './schedule-loop.ts'
import { settleUntil } from './settling.ts'
import { sitePolicy } from './site-policy.ts'
import type { TrainerHost } from './site-trainer.ts'
import { adapterDraft, statisticsDraft, trainingState } from './site-work.ts'
import type { MergeSummary, NodeStore, StoredContribution } from './types.ts'

export interface SiteScheduleInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly network: Network
  readonly merges: MergeClient
  readonly merge: MergeLoop
  /** @default there is always room */
  readonly space?: Pick<DiskSpace, 'reserveOwn'> | undefined
  readonly trainer: Pick<TrainerHost, 'train' | 'measure' | 'release'>
  readonly problems: Problems
  readonly hub: EventHub
  readonly now: () => number
  readonly signal: AbortSignal
  readonly numbersFrom?: number | undefined
  onDecision(decision: Decision): void
}

type Train = Extract<Decision, { kind: 'train' }>
type Measure = Extract<Decision, { kind: 'measure' }>

/** Runs the schedule of one site: gathers facts, trains, measures, publishes, and remembers what must not be tried again. */
export class SiteSchedule {
  readonly #init: SiteScheduleInit
  readonly #loop: ScheduleLoop
  readonly #memory: Omit<ScheduleMemory, 'settleUntil'>
  readonly #failures = new Map<string, number>()
  readonly #numbers: OwnNumbers
  #settleDeadline: number
  #connectedAt: number | null = null
  #adapter: string | undefined

  constructor(init: SiteScheduleInit) {
    this.#init = init
    const { config, roster } = init.site
    const since = init.now()
    this.#memory = { since, statisticsRefused: null, stuck: null, adapterChangedAt: since }
    this.#settleDeadline = since + (roster.members.length > 1 ? config.pacing.startPatienceMs : 0)
    this.#numbers = this.#createNumbers(since + config.pacing.startPatienceMs)
    this.#loop = new ScheduleLoop({
      signal: init.signal,
      now: init.now,
      facts: () => this.#facts(),
      onDecision: (decision) => init.onDecision(decision),
      train: (decision) => this.#train(decision),
      measure: (decision) => this.#measure(decision),
      onFailure: (decision, error) => this.#onFailure(decision, error),
      onRest: () => init.trainer.release(),
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** As {@link OwnNumbers.settled}. */
  get numbersFrom(): number | undefined {
    return this.#numbers.settled
  }

  /** Something that a decision depends on may have changed. */
  wake(): void {
    this.#loop.wake()
  }

  /** Resolves when nothing runs any more; the signal must have been aborted. */
  async ended(): Promise<void> {
    await this.#loop.ended()
  }

  /** There is a new merge. */
  merged({ adapter }: Pick<MergeSummary, 'adapter'>): void {
    if (adapter !== this.#adapter) this.#memory.adapterChangedAt = this.#init.now()
    this.#adapter = adapter
    this.wake()
  }

  /** A peer has connected; the first one starts the exchange that a fresh node waits for. */
  connected(): void {
    this.#connectedAt ??= this.#init.now()
    this.wake()
  }

  #createNumbers(deadline: number): OwnNumbers {
    const { site, store, network, now, hub } = this.#init
    return new OwnNumbers({
      self: site.identity.peer,
      store,
      network,
      members: () => site.roster.members.map(({ id }) => id),
      deadline,
      settled: this.#init.numbersFrom,
      now,
      random: Math.random,
      onStep: (from, to, silent) => {
        const names = silent.map((peer) => memberName(site.roster, peer))
        hub.emit({ type: 'numbers-skipped', from, to, silent: names })
      },
    })
  }

  #facts(): ScheduleFacts {
    const { site, now, store, merge, network } = this.#init
    const until = settleUntil({
      now: now(),
      deadline: this.#settleDeadline,
      connectedAt: this.#connectedAt,
      fetching: store.list('fetching').length,
    })
    if (until === null) this.#settleDeadline = -Infinity // once settled, settled
    const sources = {
      self: site.identity.peer,
      charter: site.charter,
      charterEnded: !site.ledger.state.charters.includes(site.charterDigest),
      roster: site.roster,
      config: site.config,
      store: site.roster.counting(store),
      merge,
      connected: () => new Set(network.connections().map(({ peer }) => peer)),
      now,
    }
    return scheduleFacts(sources, { ...this.#memory, settleUntil: until })
  }

  async #train(decision: Train): Promise<void> {
    const { signal, site, merge, store, trainer } = this.#init
    const { peer } = site.identity
    const seed = `${site.charterDigest} ${peer} ${store.nextSequence(peer)}`
    const from = trainingState(decision.base, merge.newest) ?? site.start
    const result = await trainer.train(from, seed, signal)
    await this.#publish(adapterDraft(decision, result))
  }

  async #measure({ anchor }: Measure): Promise<void> {
    const { signal, merge, trainer } = this.#init
    const { newest } = merge
    const adapter = anchor === null ? null : (newest?.result.adapter ?? null)
    const result = await trainer.measure(adapter, signal)
    await this.#publish(statisticsDraft(anchor, newest, result))
  }

  async #publish(draft: ContributionDraft): Promise<void> {
    const { site, signal, store, merges, network } = this.#init
    const policy = sitePolicy(site.spec, site.config.floors)
    const onStored = (contribution: StoredContribution): void => this.#onStored(contribution)
    const onTrouble = (error: Error): void => this.#init.problems.failed('publish', error)
    const nextNumber = (stop: AbortSignal): Promise<number> => this.#numbers.next(stop)
    const { space } = this.#init
    const init = { ...site, policy, store, merges, network, space, nextNumber, onStored, onTrouble }
    await publishDraft(init, draft, signal)
  }

  #onStored(contribution: StoredContribution): void {
    const { hub, site, now, merge } = this.#init
    this.#memory.since = now()
    this.#memory.stuck = null
    hub.emit({ type: 'published', ...noticeOf(site.roster, contribution) })
    merge.request()
    this.wake()
  }

  /** What would fail again is not tried again; what may have been an accident is, once. */
  #onFailure(decision: Decision, error: unknown): void {
    this.#init.problems.failed(decision.kind, error)
    if (decision.kind !== 'train' && decision.kind !== 'measure') return
    const on = decision.kind === 'train' ? decision.base : decision.anchor
    const key = `${decision.kind} ${on ?? 'start'}`
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    if (decision.kind === 'measure' && isBelowFloor(error)) {
      this.#memory.statisticsRefused = error.message
    } else if (failures > 1 || !isAccident(error)) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#memory.stuck = { action: decision.kind, on, reason }
    }
  }
}

/** The data will not grow while the node runs, whatever the anchor. */
function isBelowFloor(error: unknown): error is PublishRefusedError {
  return error instanceof PublishRefusedError && error.detail.reason === 'below-floor'
}

/** A worker or process that died may live the next time; data, backbone and numbers stay what they are. */
function isAccident(error: unknown): boolean {
  const code = error instanceof PeermergeError ? error.code : undefined
  return code === undefined || code === 'ERR_TRAINER_EXITED' || code === 'ERR_WORKER_CRASHED'
}
