import { assertModality, openSource, type TrainProgress } from '../training/index.ts'
import type { MergeResult } from '../merge/index.ts'
import { PeermergeError } from '../errors.ts'
import type { NodeCommand } from './command-request.ts'
import { readSite, type OpenSite, type Site } from './components.ts'
import { startControl, type Control } from './control.ts'
import { EventHub } from './event-hub.ts'
import { logEvents } from './event-log.ts'
import { lockHome, type HomeLock } from './home-lock.ts'
import { charterBackbone } from './find-backbone.ts'
import { homePaths, prepareHome } from './home.ts'
import { namespaced, silentLogger, type Logger } from './logger.ts'
import { openMetricsPort, type MetricsPort } from './metrics/metrics-port.ts'
import { NodeMetrics } from './metrics/node-metrics.ts'
import { readToken } from './metrics/read-token.ts'
import { emptyStatus, statusOf } from './node-status.ts'
import { RecentEvents } from './recent-events.ts'
import { RunningSite } from './running-site.ts'
import type { Decision } from './schedule.ts'
import { executeCommand } from './membership/execute-command.ts'
import { siteDataOf } from './site-data.ts'
import { assertMember, openSite } from './site-ledger.ts'
import type { NodeActivity, NodeEvent, NodeInit, NodeStatus, PeermergeNode } from './types.ts'

/**
 * A node over a home directory. Reads charter, settings and key; opens nothing until `start`.
 *
 * @throws InvalidFileError, PeermergeError ERR_NOT_A_MEMBER, ERR_IDENTITY
 */
export async function createNode(init: NodeInit): Promise<PeermergeNode> {
  const site = await readSite(homePaths(init.home), init)
  return new SiteNode(site, init)
}

const ACTIVITIES = {
  train: 'training',
  measure: 'measuring',
  wait: 'waiting',
  idle: 'idle',
  stuck: 'failed',
} as const

/** Until a node that is no member any more stops: its own word that it leaves is under way. */
const FAREWELL_MS = 2_000

class SiteNode implements PeermergeNode {
  readonly peer: string
  readonly home: string
  /** Under the founding charter until the ledger is open. */
  #site: Site
  readonly #logger: Logger
  readonly #now: () => number
  readonly #progressStream: NodeJS.WriteStream | undefined
  readonly #metricsSettings: NodeInit['metrics']
  readonly #hub: EventHub
  readonly #recent: RecentEvents
  readonly #stopping = new AbortController()
  #running: RunningSite | undefined
  #lock: HomeLock | undefined
  #open: Awaited<ReturnType<typeof openSite>> | undefined
  #end: PeermergeError | undefined
  readonly #hasStopped = Promise.withResolvers<undefined>()
  #control: Control | undefined
  #metrics: NodeMetrics | undefined
  #metricsPort: MetricsPort | undefined
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined
  #activity: NodeActivity = { kind: 'starting', text: 'starting', waitingFor: [] }
  #progress: TrainProgress | null = null
  #last: NodeStatus | undefined

  constructor(site: Site, init: NodeInit) {
    const { logger = silentLogger(), now = () => performance.now(), progress } = init
    this.peer = site.identity.peer
    this.home = site.paths.root
    this.#site = site
    this.#logger = logger
    this.#now = now
    this.#progressStream = progress
    this.#metricsSettings = init.metrics
    this.#hub = new EventHub(namespaced(logger, 'node'))
    this.#recent = new RecentEvents(this.#hub)
    logEvents(this.#hub, namespaced(logger, 'node'))
  }

  start(): Promise<void> {
    if (this.#stopped !== undefined) {
      throw new PeermergeError('ERR_STOPPED', `${this.home}: this node has been stopped; create a new one`)
    }
    this.#started ??= this.#start()
    return this.#started
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop().finally(() => this.#hasStopped.resolve(undefined))
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  subscribe(listener: (event: NodeEvent) => void): () => void {
    return this.#hub.subscribe(listener)
  }

  merged(): MergeResult | undefined {
    return this.#running?.merge.newest?.result
  }

  status(): NodeStatus {
    return this.#running === undefined ? (this.#last ?? this.#emptyStatus()) : this.#statusOf(this.#running)
  }

  async whenStopped(): Promise<void> {
    await this.#hasStopped.promise
    if (this.#end !== undefined) throw this.#end
  }

  whenDone({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (signal.aborted) settle(() => reject(signal.reason as Error))
        else if (this.#isDone()) settle(resolve)
        else if (this.#stopped !== undefined) settle(() => reject(this.#end ?? stoppedError(this.home)))
      }
      const unsubscribe = this.#hub.subscribe(check)
      const settle = (act: () => void): void => {
        unsubscribe()
        signal.removeEventListener('abort', check)
        act()
      }
      signal.addEventListener('abort', check, { once: true })
      check()
    })
  }

  async #start(): Promise<void> {
    const { paths, config } = this.#site
    const { signal } = this.#stopping
    try {
      await prepareHome(paths)
      this.#lock = await lockHome(paths.root, paths.lock)
      const site = await this.#openLedger()
      const { charter } = site
      const metrics = this.#openMetrics()
      const context = { progress: this.#progressStream, signal }
      const backbone = await charterBackbone(charter, config.backbone, context)
      const data = siteDataOf(charter, config)
      assertModality(data, charter.input.kind)
      await openSource(data, signal)
      this.#running = await RunningSite.open({
        site: { ...site, config: { ...config, backbone } },
        hub: this.#hub,
        logger: this.#logger,
        now: this.#now,
        signal,
        onDecision: (decision) => this.#onDecision(decision),
        onProgress: (progress) => (this.#progress = progress),
        onMergeTook: (ms) => metrics.merged(ms),
      })
      const target = {
        metrics,
        recentEvents: () => this.#recent.lines(),
        status: () => this.status(),
        subscribe: (listener: (event: NodeEvent) => void) => this.subscribe(listener),
        execute: (command: NodeCommand) => this.#execute(command),
        requestStop: () => this.#stopSoon(),
      }
      this.#control = await startControl(target, paths.control, namespaced(this.#logger, 'node:control'))
      site.ledger.events.on('changed', () => this.#onLedgerChanged())
      await this.#openMetricsPort(metrics)
      await this.#running.start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(stoppedError(this.home))
    if (this.#running !== undefined) {
      this.#last = { ...this.#statusOf(this.#running), addresses: [] }
      await this.#running.close()
      this.#running = undefined
    }
    this.#setActivity({ kind: 'stopped', text: 'stopped', waitingFor: [] })
    if (this.#last !== undefined) this.#last = { ...this.#last, activity: this.#activity }
    this.#hub.emit({ type: 'stopped' })
    await this.#open?.close()
    await Promise.all([this.#control?.close(), this.#metricsPort?.close()])
    this.#metrics?.close()
    await this.#lock?.release()
  }

  #execute(command: NodeCommand): Promise<unknown> {
    if (this.#running === undefined) return Promise.reject(stoppedError(this.home))
    if (command.command === 'doctor') return this.#running.examine(command.peers)
    return executeCommand(this.#running.membership, command)
  }

  async #openLedger(): Promise<OpenSite> {
    this.#open = await openSite(this.#site, this.#logger)
    const { site } = this.#open
    assertMember(site.ledger, this.peer)
    this.#site = site
    return site
  }

  #onLedgerChanged(): void {
    try {
      assertMember(this.#open!.site.ledger, this.peer)
      this.#running?.ledgerChanged()
    } catch (error) {
      if (!(error instanceof PeermergeError)) throw error
      this.#end = error
      this.#running?.problems.failed('ledger', error)
      setTimeout(() => this.#stopSoon(), FAREWELL_MS) // who leaves has to tell it
    }
  }

  #openMetrics(): NodeMetrics {
    this.#metrics = new NodeMetrics({
      hub: this.#hub,
      now: this.#now,
      status: () => this.status(),
      network: () => this.#running?.network,
    })
    return this.#metrics
  }

  async #openMetricsPort(source: NodeMetrics): Promise<void> {
    const settings = this.#metricsSettings ?? this.#site.config.metrics
    if (settings === undefined) return
    const { listen, tokenFile } = settings
    const token = tokenFile === undefined ? undefined : await readToken(tokenFile)
    this.#metricsPort = await openMetricsPort({ listen, token }, source)
    const { url } = this.#metricsPort
    namespaced(this.#logger, 'node:metrics').info({ url }, 'metrics for Prometheus')
  }

  #stopSoon(): void {
    this.stop().catch((error: unknown) => this.#logger.error({ err: error }, 'the node did not stop cleanly'))
  }

  #onDecision(decision: Decision): void {
    const waitingFor = decision.kind === 'wait' ? decision.waitingFor : []
    if (decision.kind !== 'train' && decision.kind !== 'measure') this.#progress = null
    this.#setActivity({ kind: ACTIVITIES[decision.kind], text: decision.text, waitingFor })
    if (this.#isDone()) this.#hub.emit({ type: 'done' })
  }

  #setActivity(activity: NodeActivity): void {
    this.#activity = activity
    this.#hub.emit({ type: 'activity', activity })
  }

  #isDone(): boolean {
    return this.#activity.kind === 'idle'
  }

  #statusOf(running: RunningSite): NodeStatus {
    return statusOf(running.site, running, this.#emptyStatus())
  }

  #emptyStatus(): NodeStatus {
    return emptyStatus(this.#site, {
      activity: this.#activity,
      done: this.#isDone(),
      progress: this.#progress,
    })
  }
}

function stoppedError(home: string): PeermergeError {
  return new PeermergeError('ERR_STOPPED', `${home}: the node is stopping`)
}
