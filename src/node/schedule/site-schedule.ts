import type { Network } from '../../gossip/index.ts'
import { PeermergeError } from '../../errors.ts'
import { classesOfTask, type RoundTerms } from '../../merge/index.ts'
import { clippingOf } from '../audit/published-draft.ts'
import type { DiskSpace } from '../disk-space.ts'
import type { EventHub } from '../event-hub.ts'
import type { FittedSite } from '../fit-site.ts'
import type { MergeClient } from '../merge-client.ts'
import type { MergeSource } from '../merge-source.ts'
import { memberName } from '../member-name.ts'
import { noticeOf } from '../node-status.ts'
import { Departures } from '../outbox/departures.ts'
import type { OutboxDesk } from '../outbox/outbox-desk.ts'
import { OwnNumbers } from '../own-numbers.ts'
import { isQuieted, type PolicyDesk } from '../policy/policy-desk.ts'
import type { Problems } from '../problems.ts'
import type { PublisherInit } from '../publisher.ts'
import type { MergeScorer } from '../scores/merge-scorer.ts'
import { sitePolicy } from '../site-policy.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { MergeSummary, NodeStore, StoredContribution } from '../types.ts'
import { isBelowFloor } from './continuous-work.ts'
import type { Decision } from './schedule.ts'
import { ScheduleLoop, type ScheduleLoopInit, type Step, type Work } from './schedule-loop.ts'
import { settleUntil } from './settling.ts'
import type { WorkSource } from './work-source.ts'

export interface SiteScheduleInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly network: Network
  readonly merges: MergeClient
  readonly merge: Pick<MergeSource, 'request'>
  /** What to do next. @param settleUntil - until when to wait for a first exchange with a peer */
  readonly work: (settleUntil: () => number | null) => WorkSource
  /** @default there is always room */
  readonly space?: Pick<DiskSpace, 'reserveOwn'> | undefined
  readonly trainer: Pick<TrainerHost, 'release'>
  readonly scoring?: Pick<MergeScorer, 'isDue' | 'run'> | undefined
  readonly problems: Problems
  readonly policy: PolicyDesk
  readonly outbox: OutboxDesk
  /** What contributions to a round must say; undefined for one about nothing, `ahead` for one whose base is not known yet. @default there are no rounds */
  readonly termsAt?: ((round: number) => RoundTerms | undefined | 'ahead') | undefined
  /** The round that is merged next. @default there are no rounds */
  readonly roundNow?: (() => number) | undefined
  readonly hub: EventHub
  readonly now: () => number
  readonly signal: AbortSignal
  readonly numbersFrom?: number | undefined
  onDecision(decision: Decision): void
}

/** Runs the schedule of one site: does what its charter's schedule decides, publishes, and remembers what must not be tried again. */
export class SiteSchedule {
  readonly #init: SiteScheduleInit
  readonly #loop: ScheduleLoop
  readonly #work: WorkSource
  readonly #failures = new Map<string, number>()
  readonly #numbers: OwnNumbers
  readonly #departures: Departures
  #settleDeadline: number
  #hasExchanged = false
  #performing: Step['kind'] | null = null

  constructor(init: SiteScheduleInit) {
    this.#init = init
    const { config, roster } = init.site
    const since = init.now()
    this.#settleDeadline = since + (roster.members.length > 1 ? config.pacing.startPatienceMs : 0)
    this.#numbers = this.#createNumbers(since + config.pacing.startPatienceMs)
    this.#work = init.work(() => this.#settleUntil())
    this.#departures = this.#createDepartures()
    this.#loop = new ScheduleLoop({
      signal: init.signal,
      now: init.now,
      decide: () => this.#decide(),
      onDecision: (decision) => init.onDecision(decision),
      perform: (step) => this.#perform(step),
      onFailure: (step, error) => this.#onFailure(step, error),
      onRest: () => init.trainer.release(),
      scoring: init.scoring && unlessQuiet(init.scoring, init.policy),
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** Whether a contribution is being trained: stopping now would cost the work since the last checkpoint, or all of it. */
  get isTraining(): boolean {
    return this.#performing === 'train'
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
  merged(summary: Pick<MergeSummary, 'adapter'>): void {
    this.#work.merged(summary)
    this.wake()
  }

  /** Another policy is in force: what the one before has kept at home is tried again. */
  policyChanged(): void {
    this.#work.policyChanged?.()
    this.#departures.policyChanged()
    this.wake()
  }

  /** This node and a peer have told each other all that they know, which a fresh node waits for. */
  exchanged(): void {
    this.#hasExchanged = true
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

  #settleUntil(): number | null {
    const { now, store } = this.#init
    const until = settleUntil({
      now: now(),
      deadline: this.#settleDeadline,
      hasExchanged: this.#hasExchanged,
      fetching: store.list('fetching').length,
    })
    if (until === null) this.#settleDeadline = -Infinity // once settled, settled
    return until
  }

  /** What a person has refused is not made a second time; then there may be something else to do. */
  #decide(): Decision {
    const first = this.#departures.next()
    if (first !== undefined) return first
    const decision = this.#work.decide()
    const refusal = this.#refusal(decision)
    if (refusal === undefined) return decision
    this.#work.gaveUp(decision as Work, refusal)
    const instead = this.#work.decide()
    return this.#refusal(instead) === undefined ? instead : { kind: 'stuck', text: refusal.message }
  }

  #refusal(decision: Decision): PeermergeError | undefined {
    const isMaking = decision.kind === 'train' || decision.kind === 'measure'
    return isMaking ? this.#departures.refusal(keyOf(decision)) : undefined
  }

  async #perform(step: Step): Promise<void> {
    this.#performing = step.kind
    try {
      if (step.kind === 'publish') await this.#departures.publish(step.id, this.#init.signal)
      else await this.#make(step)
    } finally {
      this.#performing = null
    }
  }

  async #make(work: Work): Promise<void> {
    const draft = await this.#work.perform(work)
    if (draft !== null) await this.#departures.send(draft, keyOf(work), this.#init.signal)
  }

  #createDepartures(): Departures {
    const { site, outbox, policy, termsAt, roundNow = () => 0 } = this.#init
    return new Departures({
      outbox,
      policy,
      contributes: site.config.contribute,
      charter: site.charterDigest,
      publisher: () => this.#publisher(),
      about: (header) => ({
        classes: [...classesOfTask(site.spec, header.task)!],
        clipping: clippingOf(header, site),
      }),
      termsOf: (round) => {
        const isOver = round < roundNow()
        return (isOver ? undefined : termsAt?.(round)) ?? 'over'
      },
    })
  }

  #publisher(): PublisherInit {
    const { site, store, merges, network, space, policy } = this.#init
    return {
      ...site,
      policy: sitePolicy(site.spec, site.config.floors, policy.policy),
      store,
      merges,
      network,
      space,
      nextNumber: (stop) => this.#numbers.next(stop),
      onStored: (contribution) => this.#onStored(contribution),
      onTrouble: (error) => this.#init.problems.failed('publish', error),
    }
  }

  #onStored(contribution: StoredContribution): void {
    const { hub, site, merge } = this.#init
    this.#work.published()
    hub.emit({ type: 'published', ...noticeOf(site.roster, contribution) })
    merge.request()
    this.wake()
  }

  /** What would fail again is not tried again; what may have been an accident is, once. A quiet hour is no failure: work goes on after it. */
  #onFailure(step: Step, error: unknown): void {
    if (isQuieted(error)) return
    this.#init.problems.failed(step.kind, error)
    this.#tellRefusal(error)
    if (step.kind === 'publish') return // it is remembered where it waits
    const key = keyOf(step)
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    if (failures > 1 || isBelowFloor(error) || !isAccident(error)) this.#work.gaveUp(step, error)
  }

  /** What was kept at home; a judgement that was passed in another thread comes without its class. */
  #tellRefusal(error: unknown): void {
    if (!(error instanceof PeermergeError) || error.code !== 'ERR_PUBLISH_REFUSED') return
    const { message, detail } = error
    const reason = String(detail.reason)
    this.#init.hub.emit({ type: 'publish-gate', outcome: 'refused', reason, text: message })
  }
}

function keyOf(work: Work): string {
  if (work.kind === 'look') return work.kind
  if (work.kind === 'renew') return [work.kind, ...work.others].join(' ')
  return JSON.stringify([work.kind, work.task, work.kind === 'train' ? work.base : work.anchor])
}

/** A worker or process that died may live the next time; data, backbone and numbers stay what they are. */
function isAccident(error: unknown): boolean {
  const code = error instanceof PeermergeError ? error.code : undefined
  return code === undefined || code === 'ERR_TRAINER_EXITED' || code === 'ERR_WORKER_CRASHED'
}

/** A pass over the held-out samples is work as training is. */
function unlessQuiet(
  scoring: NonNullable<ScheduleLoopInit['scoring']>,
  policy: Pick<PolicyDesk, 'quiet'>,
): NonNullable<ScheduleLoopInit['scoring']> {
  return {
    get isDue() {
      return policy.quiet.training === null && scoring.isDue
    },
    run: () => scoring.run(),
  }
}
