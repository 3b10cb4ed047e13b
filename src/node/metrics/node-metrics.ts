import { Histogram, Registry } from 'prom-client'
import type { Network } from '../../gossip/index.ts'
import type { EventHub } from '../event-hub.ts'
import type { NodeStatus } from '../status/types.ts'
import { eventMetrics } from './event-metrics.ts'
import { networkMetrics } from './network-metrics.ts'
import { processMetrics, type ProcessMetrics } from './process-metrics.ts'
import { statusMetrics } from './status-metrics.ts'

export interface NodeMetricsInit {
  readonly hub: EventHub
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  status(): NodeStatus
  /** Undefined before it is open and after it has been closed. */
  network(): Pick<Network, 'traffic' | 'counters' | 'counts'> | undefined
}

/** Everything that a Prometheus server reads of one node; documented in docs/operating.md. */
export class NodeMetrics {
  /** Of its own, so that several nodes in one process do not mix. */
  readonly #registry = new Registry()
  readonly #init: NodeMetricsInit
  readonly #ofStatus = statusMetrics(this.#registry)
  readonly #ofNetwork = networkMetrics(this.#registry)
  readonly #ofEvents: ReturnType<typeof eventMetrics>
  readonly #ofProcess: ProcessMetrics = processMetrics(this.#registry)
  readonly #mergeSeconds = new Histogram({
    name: 'peermerge_merge_seconds',
    help: 'How long merges took, waiting for a thread included',
    buckets: [0.01, 0.1, 0.5, 1, 5, 30, 120, 600],
    registers: [this.#registry],
  })
  readonly #unsubscribe: () => void

  constructor(init: NodeMetricsInit) {
    this.#init = init
    this.#ofEvents = eventMetrics(this.#registry, init.now)
    this.#unsubscribe = init.hub.subscribe((event) => this.#ofEvents.on(event))
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  merged(tookMs: number): void {
    this.#mergeSeconds.observe(tookMs / 1000)
  }

  /** In the text format that Prometheus reads. */
  async text(): Promise<string> {
    const network = this.#init.network()
    if (network !== undefined) this.#ofNetwork(network)
    this.#ofStatus(this.#init.status())
    this.#ofEvents.set()
    this.#ofProcess.set()
    return await this.#registry.metrics()
  }

  close(): void {
    this.#unsubscribe()
    this.#ofProcess.close()
  }
}
