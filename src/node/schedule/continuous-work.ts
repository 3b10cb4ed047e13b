import type { Network } from '../../gossip/index.ts'
import { rowsOfTask } from '../../merge/index.ts'
import type { ContributionDraft } from '../assemble-contribution.ts'
import { PublishRefusedError } from '../errors.ts'
import type { FittedSite } from '../fit-site.ts'
import type { MergeLoop } from '../merge-loop.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { MergeSummary, NodeStore } from '../types.ts'
import { declareTasks } from './declare-tasks.ts'
import type { Decision } from './schedule.ts'
import { scheduleFacts, type ScheduleMemory } from './schedule-facts.ts'
import type { Work } from './schedule-loop.ts'
import { nextOfTasks } from './schedule-tasks.ts'
import type { SiteTraining, Train } from './site-training.ts'
import { statisticsDraft } from './site-work.ts'
import type { WorkSource } from './work-source.ts'

export interface ContinuousWorkInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly network: Pick<Network, 'connections'>
  readonly merge: MergeLoop
  readonly trainer: Pick<TrainerHost, 'measure' | 'look'>
  readonly training: SiteTraining
  readonly now: () => number
  readonly signal: AbortSignal
  /** Until when to wait for a first exchange with a peer; null once that is over. */
  settleUntil(): number | null
}

type Measure = Extract<Decision, { kind: 'measure' }>

/** The continuous schedule of one site: no barrier, no leader. */
export class ContinuousWork implements WorkSource {
  readonly #init: ContinuousWorkInit
  readonly #memory: Omit<ScheduleMemory, 'settleUntil'>
  #adapter: string | undefined
  /** What there is of a model of this site's own has been read. */
  #hasOpened = false

  constructor(init: ContinuousWorkInit) {
    this.#init = init
    const since = init.now()
    this.#memory = { since, counts: null, refused: new Map(), stuck: null, unmeetable: null, adapterChangedAt: since } // prettier-ignore
  }

  decide(): Decision {
    const { site, now, store, merge, network } = this.#init
    const settleUntil = this.#init.settleUntil()
    if (this.#hasTasks && this.#memory.counts === null) {
      return { kind: 'look', text: 'reading the data of this site' }
    }
    const { own } = this.#init.training
    if (own !== undefined && !this.#hasOpened) return { kind: 'look', text: 'reading this site’s own model' }
    const { state } = site.ledger
    const sources = {
      ...site,
      self: site.identity.peer,
      tasks: state.tasks,
      charterEnded: !state.charters.includes(site.charterDigest),
      store: site.roster.counting(store),
      merge,
      connected: () => new Set(network.connections().map(({ peer }) => peer)),
      ownModel: own?.progress,
      now,
    }
    return nextOfTasks(scheduleFacts(sources, { ...this.#memory, settleUntil }))
  }

  async perform(work: Work): Promise<ContributionDraft | null> {
    switch (work.kind) {
      case 'look':
        await this.#look()
        return null
      case 'train':
        return await this.#train(work)
      case 'measure':
        return await this.#measure(work)
      case 'renew':
        await this.#init.training.own?.renew(work.others, this.#init.signal)
        return null
    }
  }

  gaveUp(work: Work, error: unknown): void {
    if (work.kind === 'look') return
    if (work.kind === 'renew') {
      this.#memory.unmeetable = work.others.join()
      return
    }
    const on = work.kind === 'train' ? work.base : work.anchor
    const reason = error instanceof Error ? error.message : String(error)
    if (work.kind === 'measure' && isBelowFloor(error)) this.#memory.refused.set(work.task, reason)
    else
      this.#memory.stuck = { action: work.kind, task: work.task, on, reason: `${reason}; ${whatEnds(error)}` }
  }

  published(): void {
    this.#memory.since = this.#init.now()
    this.#memory.stuck = null
  }

  policyChanged(): void {
    this.#memory.stuck = null
  }

  merged({ adapter }: Pick<MergeSummary, 'adapter'>): void {
    if (adapter !== this.#adapter) this.#memory.adapterChangedAt = this.#init.now()
    this.#adapter = adapter
  }

  /** Of which it matters what this site has samples of. */
  get #hasTasks(): boolean {
    const { spec, config } = this.#init.site
    return spec.tasks !== undefined && config.data !== undefined
  }

  /** What this site has of each task, told to the others: they wait for it there, and nowhere else; and what it has of a model of its own. */
  async #look(): Promise<void> {
    const { site, trainer, signal, training } = this.#init
    await training.own?.open()
    this.#hasOpened = true
    if (!this.#hasTasks) return
    const { train } = await trainer.look(signal)
    await declareTasks(site, train.classCounts)
    this.#memory.counts = train.classCounts
  }

  /** What a site that only listens has trained stays where it is. */
  async #train(decision: Train): Promise<ContributionDraft | null> {
    const { site, training, signal } = this.#init
    const draft = await training.train(decision, signal)
    if (site.config.contribute) return draft
    this.published()
    return null
  }

  async #measure(decision: Measure): Promise<ContributionDraft> {
    const { signal, merge, trainer, site } = this.#init
    const { newest } = merge
    const adapter = decision.anchor === null ? null : (newest?.result.adapter ?? null)
    const classes = site.spec.tasks && rowsOfTask(site.spec, decision.task)
    const result = await trainer.measure(adapter, { classes }, signal)
    return statisticsDraft(site.spec, decision, newest, result)
  }
}

/** What a person has refused stays refused, over policies and restarts. */
function whatEnds(error: unknown): string {
  if (error instanceof PublishRefusedError && error.detail.reason === 'refused')
    return 'another is made when the merge changes'
  return 'tried again when the merge or policy.json changes, or the node is started again'
}

/** The data will not grow while the node runs, whatever the anchor. */
export function isBelowFloor(error: unknown): error is PublishRefusedError {
  return error instanceof PublishRefusedError && error.detail.reason === 'below-floor'
}
