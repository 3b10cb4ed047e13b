import { randomUUID } from 'node:crypto'
import type { EventHub } from '../event-hub.ts'
import type { FittedSite } from '../fit-site.ts'
import type { HomePaths } from '../home.ts'
import type { Logger } from '../logger.ts'
import { openTickets } from '../membership/issued-tickets.ts'
import type { ProcessUsage } from '../../training/index.ts'
import type { RunningSite } from '../running-site.ts'
import { readServing } from '../serving/served-model.ts'
import type { NodeStatus } from '../status/types.ts'
import type { FeedSource } from './live-feed.ts'
import { LogWatch } from './log-watch.ts'
import { stateOf } from './state-of.ts'
import { Timeline } from './timeline.ts'
import { nodeCpuMs, Usage } from './usage.ts'
import type { DashboardState } from './wire.ts'

/** The parts of a run that the page shows. */
export interface ShownRun {
  readonly site: Pick<FittedSite, 'spec' | 'ledger'>
  readonly parts: Pick<RunningSite, 'store' | 'figures' | 'membership' | 'network' | 'trainerUsage'>
}

export interface DashboardSourceInit {
  readonly paths: Pick<HomePaths, 'audit' | 'served'>
  readonly hub: Pick<EventHub, 'subscribe'>
  readonly logger: Pick<Logger, 'warn'>
  status(): NodeStatus
  /** Undefined before it is open and after it has been closed. */
  run(): ShownRun | undefined
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
}

/** What the page is told, from the start of a node on; computed while somebody looks, but for a line an event and a sample every few seconds. */
export class DashboardSource implements FeedSource {
  readonly run = randomUUID()
  readonly timeline: Timeline
  readonly usage: Usage
  readonly #init: DashboardSourceInit
  readonly #startedAt: number
  readonly #log: LogWatch

  constructor(init: DashboardSourceInit) {
    const { hub, now, wallNow, paths } = init
    this.#init = init
    this.#startedAt = wallNow()
    this.timeline = new Timeline(hub, wallNow)
    this.usage = new Usage({
      traffic: () => trafficOf(init.run()),
      trainer: () => trainerOf(init.run()),
      wallNow,
    })
    this.#log = new LogWatch({
      file: paths.audit,
      startedAt: this.#startedAt,
      now,
      onEarlier: (earlier) => this.timeline.prepend(earlier),
    })
  }

  onChange(listener: () => void): () => void {
    return this.#init.hub.subscribe(listener)
  }

  onError(error: unknown): void {
    this.#init.logger.warn({ err: error }, 'the dashboard could not be told')
  }

  async state(): Promise<DashboardState> {
    await this.#log.look()
    const { paths } = this.#init
    const run = this.#init.run()
    const serving = await readServing(paths.served)
    const issued = (await run?.parts.membership.tickets.read()) ?? []
    const ledger = run?.site.ledger.state
    return stateOf({
      status: this.#init.status(),
      run: this.run,
      startedAt: this.#startedAt,
      get: (id) => run?.parts.store.get(id),
      accuracy: {
        spec: run?.site.spec ?? { classes: [] },
        figures: run?.parts.figures.all ?? {},
        served: serving?.current.digest ?? null,
        taskNames: new Map([...(ledger?.tasks ?? [])].map(([id, { name }]) => [id, name])),
      },
      tickets: openTickets(issued, ledger?.tickets ?? new Map()),
      egress: this.#log.summary,
      cpuMs: { node: nodeCpuMs(), trainer: trainerOf(run).cpuMs },
    })
  }

  close(): void {
    this.usage.close()
  }
}

function trainerOf(run: ShownRun | undefined): ProcessUsage {
  return run?.parts.trainerUsage ?? { cpuMs: 0, memoryBytes: 0 }
}

function trafficOf(run: ShownRun | undefined): { readonly sent: number; readonly received: number } {
  const traffic = run?.parts.network.traffic()
  return { sent: traffic?.bytesSent ?? 0, received: traffic?.bytesReceived ?? 0 }
}
