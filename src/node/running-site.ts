import type { Network, Verdict } from '../gossip/index.ts'
import type { TrainProgress } from '../training/index.ts'
import { PeermergeError } from '../errors.ts'
import { openMergeClient, openNetwork, openSiteStore, type Site } from './components.ts'
import { PublishRefusedError } from './errors.ts'
import type { EventHub } from './event-hub.ts'
import { createJudge } from './judge.ts'
import { namespaced, type Logger } from './logger.ts'
import type { MergeClient } from './merge-client.ts'
import { saveMerge } from './merge-files.ts'
import { MergeLoop } from './merge-loop.ts'
import { memberName, noticeOf } from './node-status.ts'
import { writePeers } from './peers-file.ts'
import { Problems } from './problems.ts'
import { announceOwn, publishDraft, type PublisherInit } from './publisher.ts'
import type { Decision } from './schedule.ts'
import { scheduleFacts, type ScheduleMemory } from './schedule-facts.ts'
import { ScheduleLoop } from './schedule-loop.ts'
import { settleUntil } from './settling.ts'
import { sitePolicy } from './site-policy.ts'
import { TrainerHost } from './site-trainer.ts'
import { adapterDraft, statisticsDraft, trainingState } from './site-work.ts'
import type { NodeStore, StoredContribution } from './types.ts'

export interface RunningSiteInit {
  readonly site: Site
  readonly hub: EventHub
  readonly logger: Logger
  readonly now: () => number
  readonly signal: AbortSignal
  onDecision(decision: Decision): void
  onProgress(progress: TrainProgress): void
}

/** The parts of a node that runs, wired to each other: what arrives is merged, what is merged is trained on. */
export class RunningSite {
  readonly store: NodeStore
  readonly network: Network
  readonly merge: MergeLoop
  readonly problems: Problems
  readonly #init: RunningSiteInit
  readonly #merges: MergeClient
  readonly #trainer: TrainerHost
  readonly #schedule: ScheduleLoop
  readonly #memory: Omit<ScheduleMemory, 'settleUntil'> & { deadline: number; connectedAt: number | null }
  readonly #failures = new Map<string, number>()

  /** @throws whatever its parts throw; nothing stays open then */
  static async open(init: RunningSiteInit): Promise<RunningSite> {
    let running: RunningSite | undefined
    const onDropped = (): void => running?.merge.request()
    const store = await openSiteStore(init.site.paths, init.logger, onDropped)
    const merges = openMergeClient(init.site)
    try {
      const judge = createJudge({
        ...init.site,
        store,
        merges,
        logger: namespaced(init.logger, 'node:judge'),
        signal: init.signal,
        onVerdict: (contribution, verdict) => running?.onVerdict(contribution, verdict),
      })
      const network = await openNetwork(init.site, store, judge, init.logger)
      running = new RunningSite(init, store, merges, network)
      return running
    } catch (error) {
      await merges.close()
      await store.close()
      throw error
    }
  }

  private constructor(init: RunningSiteInit, store: NodeStore, merges: MergeClient, network: Network) {
    this.#init = init
    this.store = store
    this.network = network
    this.problems = new Problems(init.hub, namespaced(init.logger, 'node'))
    this.#merges = merges
    this.#trainer = this.#createTrainer()
    this.merge = this.#createMergeLoop()
    this.#schedule = this.#createSchedule()
    const { config, charter } = init.site
    const now = init.now()
    const patience = charter.members.length > 1 ? config.pacing.startPatienceMs : 0
    this.#memory = {
      since: now,
      deadline: now + patience,
      connectedAt: null,
      statisticsRefused: null,
      stuck: null,
    }
  }

  async start(): Promise<void> {
    const { events } = this.network
    events.on('peer:connected', (peer) => this.#onPeer(peer, true))
    events.on('peer:disconnected', (peer) => this.#onPeer(peer, false))
    events.on('rejected', (id, reason, from) => this.#onRefused(id, reason, from))
    await this.network.start()
    await announceOwn({ store: this.store, network: this.network }, this.#init.site.identity.peer)
    this.merge.request()
    this.#schedule.start()
  }

  /** The signal has been aborted: resolves when everything has ended. */
  async close(): Promise<void> {
    const { paths } = this.#init.site
    await this.#trainer.release()
    await this.#schedule.ended()
    const known = this.network.knownPeers()
    await this.network.stop()
    await this.#merges.close()
    await this.merge.idle()
    if (known.length > 0) await writePeers(paths.peers, known)
    await this.store.close()
  }

  connected(): ReadonlySet<string> {
    return new Set(this.network.connections().map(({ peer }) => peer))
  }

  onVerdict(contribution: StoredContribution, verdict: Verdict): void {
    const { hub, site } = this.#init
    const notice = noticeOf(site.charter, contribution)
    if (verdict.kind === 'accept') {
      hub.emit({ type: 'admitted', ...notice })
      this.merge.request()
    } else if (verdict.kind === 'reject') {
      hub.emit({ type: 'rejected', reason: verdict.reason, ...notice })
      this.problems.add(
        'contribution-rejected',
        `${notice.name}, number ${notice.sequence}: ${verdict.reason}`,
      )
    }
    this.#schedule.wake()
  }

  #createTrainer(): TrainerHost {
    const { site, logger, hub, onProgress } = {
      ...this.#init,
      onProgress: this.#init.onProgress.bind(this.#init),
    }
    return new TrainerHost({
      charter: site.charter,
      config: site.config,
      logger: namespaced(logger, 'training'),
      onProgress: (progress) => {
        onProgress(progress)
        hub.emit({ type: 'progress', progress })
      },
      onSkipped: (file, reason) => hub.emit({ type: 'skipped', file, reason }),
      onWarning: (text) => this.problems.add('data', text),
    })
  }

  #createMergeLoop(): MergeLoop {
    const { site, hub, logger, signal } = this.#init
    return new MergeLoop({
      store: this.store,
      merges: this.#merges,
      logger: namespaced(logger, 'node:merge'),
      signal,
      save: (result, summary) => saveMerge(site.paths.merges, result, summary),
      onMerged: (summary) => {
        hub.emit({ type: 'merged', ...summary })
        this.#schedule.wake()
      },
      onProblem: (error) => this.problems.failed('merge', error),
    })
  }

  #createSchedule(): ScheduleLoop {
    const { signal, now } = this.#init
    return new ScheduleLoop({
      signal,
      now,
      facts: () => this.#facts(),
      onDecision: (decision) => this.#init.onDecision(decision),
      train: (decision) => this.#train(decision),
      measure: (decision) => this.#measure(decision),
      onFailure: (decision, error) => this.#onFailure(decision, error),
      onRest: () => this.#trainer.release(),
    })
  }

  #facts(): ReturnType<typeof scheduleFacts> {
    const { site, now } = this.#init
    const { deadline, connectedAt, ...memory } = this.#memory
    const fetching = this.store.list('fetching').length
    const until = settleUntil({ now: now(), deadline, connectedAt, fetching })
    if (until === null) this.#memory.deadline = -Infinity
    return scheduleFacts(
      {
        self: site.identity.peer,
        charter: site.charter,
        config: site.config,
        store: this.store,
        merge: this.merge,
        connected: () => this.connected(),
        now,
      },
      { ...memory, settleUntil: until },
    )
  }

  async #train(decision: Extract<Decision, { kind: 'train' }>): Promise<void> {
    const { signal, site } = this.#init
    const { peer } = site.identity
    const from = trainingState(decision.base, this.merge.newest)
    const seed = `${site.charterDigest} ${peer} ${this.store.nextSequence(peer)}`
    const result = await this.#trainer.train(from, seed, signal)
    await this.#publish(adapterDraft(decision, result))
  }

  async #measure({ anchor }: Extract<Decision, { kind: 'measure' }>): Promise<void> {
    const newest = this.merge.newest
    const adapter = anchor === null ? null : (newest?.result.adapter ?? null)
    const result = await this.#trainer.measure(adapter, this.#init.signal)
    await this.#publish(statisticsDraft(anchor, newest, result))
  }

  async #publish(draft: Parameters<typeof publishDraft>[1]): Promise<void> {
    const { site, signal } = this.#init
    const init: PublisherInit = {
      ...site,
      policy: sitePolicy(site.spec, site.config.floors),
      store: this.store,
      merges: this.#merges,
      network: this.network,
      onStored: (contribution) => this.#onStored(contribution),
    }
    await publishDraft(init, draft, signal)
  }

  #onStored(contribution: StoredContribution): void {
    const { hub, site, now } = this.#init
    this.#memory.since = now()
    this.#memory.stuck = null
    hub.emit({ type: 'published', ...noticeOf(site.charter, contribution) })
    this.merge.request()
    this.#schedule.wake()
  }

  /** What would fail again is not tried again; what may have been an accident is, once. */
  #onFailure(decision: Decision, error: unknown): void {
    this.problems.failed(decision.kind, error)
    if (decision.kind !== 'train' && decision.kind !== 'measure') return
    const on = decision.kind === 'train' ? decision.base : decision.anchor
    const key = `${decision.kind} ${on ?? 'start'}`
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    if (
      decision.kind === 'measure' &&
      error instanceof PublishRefusedError &&
      error.detail.reason === 'below-floor'
    ) {
      this.#memory.statisticsRefused = error.message
    } else if (failures > 1 || !isAccident(error)) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#memory.stuck = { action: decision.kind, on, reason }
    }
  }

  #onPeer(peer: string, connected: boolean): void {
    const { hub, site, now } = this.#init
    if (connected) this.#memory.connectedAt ??= now()
    hub.emit({ type: 'peer', peer, name: memberName(site.charter, peer), connected })
    this.#schedule.wake()
  }

  /** Refusals of whole contributions are told by `onVerdict`; these never became one. */
  #onRefused(id: string | null, reason: string, from: string): void {
    if (id !== null && this.store.get(id) !== undefined) return
    this.problems.add('refused', `from ${memberName(this.#init.site.charter, from)}: ${reason}`)
  }
}

/** A worker or process that died may live the next time; data, backbone and numbers stay what they are. */
function isAccident(error: unknown): boolean {
  const code = error instanceof PeermergeError ? error.code : undefined
  return code === undefined || code === 'ERR_TRAINER_EXITED' || code === 'ERR_WORKER_CRASHED'
}
