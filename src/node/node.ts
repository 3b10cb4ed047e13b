import type { MergeResult } from '../merge/index.ts'
import { PeermergeError } from '../errors.ts'
import { AuditRecorder } from './audit/audit-recorder.ts'
import { Changeover, type RunChoice } from './changeover.ts'
import { CommandGate } from './command-gate.ts'
import type { NodeCommand } from './command-request.ts'
import { readSite, type Site } from './components.ts'
import type { ControlTarget } from './control.ts'
import { addressOf, type DashboardAddress } from './dashboard/dashboard-port.ts'
import { DashboardSource } from './dashboard/dashboard-source.ts'
import { EventHub } from './event-hub.ts'
import { logEvents } from './event-log.ts'
import { lockHome, type HomeLock } from './home-lock.ts'
import { homePaths, prepareHome } from './home.ts'
import { namespaced, silentLogger, type Logger } from './logger.ts'
import { NodeMetrics } from './metrics/node-metrics.ts'
import { NodeDoing } from './node-doing.ts'
import { NodePorts } from './node-ports.ts'
import { emptyStatus, statusOf } from './node-status.ts'
import { PolicyDesk } from './policy/policy-desk.ts'
import { isoTimeOf, policyReport, type PolicyReport } from './policy/policy-report.ts'
import { Problems } from './problems.ts'
import { readKeptMerge } from './read-kept-merge.ts'
import { RecentEvents } from './recent-events.ts'
import { runCommand } from './run-command.ts'
import { assertMember } from './site-ledger.ts'
import { SiteRun } from './site-run.ts'
import type { NodeEvent } from './node-event.ts'
import type { NodeInit, PeermergeNode } from './node-api.ts'
import type { NodeStatus } from './status/types.ts'
import { whenDone } from './when-done.ts'

/**
 * A node over a home directory. Reads charter, settings and key; opens nothing until `start`.
 *
 * @throws InvalidFileError, PeermergeError ERR_NOT_A_MEMBER, ERR_IDENTITY
 */
export async function createNode(init: NodeInit): Promise<PeermergeNode> {
  const site = await readSite(homePaths(init.home), init)
  return new SiteNode(site, init)
}

/** Until a node that is no member any more stops: its own word that it leaves is under way. */
const FAREWELL_MS = 2_000

/** What stays the same of a node while its runs come and go: lock, ports, subscribers, problems. */
class SiteNode implements PeermergeNode {
  readonly peer: string
  readonly home: string
  readonly #init: NodeInit
  readonly #wallNow: () => number
  readonly #logger: Logger
  readonly #hub: EventHub
  readonly #recent: RecentEvents
  readonly #problems: Problems
  readonly #doing: NodeDoing
  readonly #audit: AuditRecorder
  readonly #policy: PolicyDesk
  readonly #gate = new CommandGate()
  readonly #changeover: Changeover
  readonly #stopping = new AbortController()
  readonly #hasStopped = Promise.withResolvers<undefined>()
  /** As its home said it when it was made, under the founding charter. */
  readonly #founding: Site
  /** Under the charter of the newest run. */
  #site: Site
  #run: SiteRun | undefined
  #last: NodeStatus | undefined
  /** As the home keeps it, until this process has merged; after a run its last. */
  #kept: MergeResult | undefined
  #end: PeermergeError | undefined
  #lock: HomeLock | undefined
  #metrics: NodeMetrics | undefined
  #dashboard: DashboardSource | undefined
  #ports: NodePorts | undefined
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(site: Site, init: NodeInit) {
    const { logger = silentLogger(), wallNow = Date.now } = init
    this.#wallNow = wallNow
    this.peer = site.identity.peer
    this.home = site.paths.root
    this.#founding = site
    this.#site = site
    this.#init = init
    this.#logger = logger
    this.#hub = new EventHub(namespaced(logger, 'node'))
    this.#recent = new RecentEvents(this.#hub)
    this.#problems = new Problems(this.#hub, namespaced(logger, 'node'))
    this.#doing = new NodeDoing(this.#hub)
    this.#audit = this.#createAudit()
    this.#policy = this.#createPolicy()
    this.#changeover = this.#createChangeover()
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
    return this.#run?.parts.merge.newest?.result ?? this.#kept
  }

  status(): NodeStatus {
    const now = { ...this.#doing.facts, policy: this.#policyReport() }
    const empty = emptyStatus(this.#site, now)
    if (this.#run !== undefined) return statusOf(this.#run.site, this.#run.parts, empty)
    return { ...(this.#last ?? empty), ...now, problems: this.#problems.list() }
  }

  async whenStopped(): Promise<void> {
    await this.#hasStopped.promise
    if (this.#end !== undefined) throw this.#end
  }

  whenDone({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const ended = (): Error | undefined =>
      this.#stopped === undefined ? undefined : (this.#end ?? stoppedError(this.home))
    return whenDone(this.#hub, { isDone: () => this.#doing.isDone, ended }, signal)
  }

  #policyReport(): PolicyReport {
    const waiting = this.#run?.parts.outbox.list('held', 'released') ?? []
    return policyReport(this.#site, this.#policy, waiting)
  }

  async #start(): Promise<void> {
    const { paths, config } = this.#site
    try {
      await prepareHome(paths)
      this.#lock = await lockHome(paths.root, paths.lock)
      this.#metrics = this.#createMetrics()
      this.#dashboard = this.#createDashboard()
      const run = await this.#open({ founding: this.#founding })
      this.#kept = await readKeptMerge(paths.merges, run.site.charterDigest, run.site.spec)
      this.#ports = await NodePorts.open({
        target: this.#controlTarget(this.#metrics),
        controlFile: paths.control,
        metrics: this.#init.metrics ?? config.metrics,
        dashboard: this.#init.dashboard ?? config.dashboard,
        dashboardSource: this.#dashboard,
        logger: this.#logger,
      })
      await run.start()
      this.#policy.start()
      this.#changeover.look()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(stoppedError(this.home))
    await this.#policy.stop()
    await this.#changeover.ended()
    await this.#endRun()
    this.#doing.is('stopped', 'stopped')
    this.#hub.emit({ type: 'stopped' })
    await this.#audit.close()
    await this.#ports?.close()
    this.#metrics?.close()
    this.#dashboard?.close()
    await this.#lock?.release()
  }

  async #open(choice: RunChoice): Promise<SiteRun> {
    this.#run = await SiteRun.open({
      ...choice,
      hub: this.#hub,
      problems: this.#problems,
      logger: this.#logger,
      now: this.#init.now ?? (() => performance.now()),
      policy: this.#policy,
      wallNow: this.#wallNow,
      signal: this.#stopping.signal,
      progress: this.#init.progress,
      onDecision: (decision) => {
        this.#doing.decided(decision)
        this.#changeover.look() // what was being trained is published, perhaps
      },
      onProgress: (progress) => this.#doing.progressed(progress),
      onMergeTook: (ms) => this.#metrics?.merged(ms),
      onLedger: () => this.#onLedgerChanged(),
    })
    this.#site = this.#run.site
    this.#audit.opened({ site: this.#run.site, store: this.#run.parts.store })
    return this.#run
  }

  /** What it was stays told until another run begins. */
  async #endRun(): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    this.#last = { ...this.status(), addresses: [] }
    this.#kept = this.merged()
    this.#run = undefined
    await this.#audit.flush() // its store closes
    await run.close()
  }

  #createChangeover(): Changeover {
    return new Changeover({
      signal: this.#stopping.signal,
      hub: this.#hub,
      problems: this.#problems,
      run: () => this.#run,
      readHome: () => readSite(this.#founding.paths, this.#init),
      between: (text, work) =>
        this.#gate.shutFor(async () => {
          this.#doing.is('starting', text)
          await this.#endRun()
          await work()
        }, this.#stopping.signal),
      open: async (choice) => {
        const run = await this.#open(choice)
        await run.start().catch(async (error: unknown) => {
          await this.#endRun()
          throw error
        })
      },
      onLost: (error) => this.#fail('changeover', error),
    })
  }

  async #execute(command: NodeCommand): Promise<unknown> {
    if (command.command === 'dashboard') return await this.#openDashboard()
    return await this.#gate.pass(async () => {
      if (this.#run === undefined) throw stoppedError(this.home)
      const { parts } = this.#run
      return await runCommand({ parts, audit: this.#audit, policy: this.#policy, policyReport: () => this.#policyReport() }, command) // prettier-ignore
    })
  }

  async #openDashboard(): Promise<DashboardAddress> {
    if (this.#ports === undefined) throw stoppedError(this.home)
    const port = await this.#ports.dashboard()
    return { url: port.url, open: addressOf(port) }
  }

  #onLedgerChanged(): void {
    const run = this.#run
    if (run === undefined) return // it is ending
    try {
      assertMember(run.site.ledger, this.peer)
      run.parts.ledgerChanged()
      this.#changeover.look()
    } catch (error) {
      if (!(error instanceof PeermergeError)) throw error
      this.#end = error
      this.#problems.failed('ledger', error)
      setTimeout(() => this.#stopSoon(), FAREWELL_MS) // who leaves has to tell it
    }
  }

  #fail(what: string, error: unknown): void {
    if (this.#stopping.signal.aborted) return
    this.#end = error instanceof PeermergeError ? error : new PeermergeError('ERR_INTERNAL', String(error))
    this.#problems.failed(what, error)
    this.#stopSoon()
  }

  #createPolicy(): PolicyDesk {
    const { paths, policy: found } = this.#founding
    return new PolicyDesk({
      paths,
      found,
      wallNow: this.#wallNow,
      onChanged: ({ digest: before }) => {
        const { digest, problem } = this.#policy
        if (problem !== null) this.#problems.add('policy', `nothing leaves: ${problem}`)
        this.#hub.emit({ type: 'policy', policy: digest, before, problem })
        this.#run?.parts.policyChanged()
      },
      onQuiet: (what, until) => {
        this.#hub.emit({ type: 'quiet', what, until: isoTimeOf(until) })
        this.#run?.parts.quietChanged()
      },
    })
  }

  #createAudit(): AuditRecorder {
    const { paths, config, consortium, identity } = this.#founding
    const { name } = config
    return new AuditRecorder({ file: paths.audit, served: paths.served, name, consortium, identity, hub: this.#hub, problems: this.#problems }) // prettier-ignore
  }

  #createMetrics(): NodeMetrics {
    return new NodeMetrics({
      hub: this.#hub,
      now: this.#init.now ?? (() => performance.now()),
      status: () => this.status(),
      network: () => this.#run?.parts.network,
    })
  }

  #createDashboard(): DashboardSource {
    return new DashboardSource({
      paths: this.#founding.paths,
      hub: this.#hub,
      logger: namespaced(this.#logger, 'node:dashboard'),
      status: () => this.status(),
      run: () => this.#run,
      now: this.#init.now ?? (() => performance.now()),
      wallNow: Date.now,
    })
  }

  #controlTarget(metrics: NodeMetrics): ControlTarget {
    return {
      metrics,
      recentEvents: () => this.#recent.lines(),
      status: () => this.status(),
      subscribe: (listener) => this.subscribe(listener),
      execute: (command) => this.#execute(command),
      requestStop: () => this.#stopSoon(),
    }
  }

  #stopSoon(): void {
    this.stop().catch((error: unknown) => this.#logger.error({ err: error }, 'the node did not stop cleanly'))
  }
}

function stoppedError(home: string): PeermergeError {
  return new PeermergeError('ERR_STOPPED', `${home}: the node is stopping`)
}
