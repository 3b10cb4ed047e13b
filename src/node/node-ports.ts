import { startControl, type Control, type ControlTarget } from './control.ts'
import { openDashboardPort, type DashboardPort, type DashboardSettings } from './dashboard/dashboard-port.ts'
import type { FeedSource } from './dashboard/live-feed.ts'
import { healthOf } from './health/health-of.ts'
import { namespaced, type Logger } from './logger.ts'
import { openMetricsPort, type MetricsPort } from './metrics/metrics-port.ts'
import { readToken } from './metrics/read-token.ts'
import type { MetricsSettings } from './node-api.ts'

export interface NodePortsInit {
  readonly target: ControlTarget
  readonly controlFile: string
  /** Undefined opens none. */
  readonly metrics: MetricsSettings | undefined
  /** Undefined opens it when somebody asks for it. */
  readonly dashboard: DashboardSettings | undefined
  readonly dashboardSource: FeedSource
  readonly logger: Logger
}

/** Where other processes of this machine ask a node; open as long as the node, whatever it runs. */
export class NodePorts {
  readonly #init: NodePortsInit
  readonly #control: Control
  #metrics: MetricsPort | undefined
  #dashboard: Promise<DashboardPort> | undefined

  /** @throws PeermergeError ERR_METRICS_ADDRESS, ERR_PORT_IN_USE; what {@link openDashboardPort} throws; nothing stays open then */
  static async open(init: NodePortsInit): Promise<NodePorts> {
    const { target, controlFile, metrics, dashboard, logger } = init
    const control = await startControl(target, controlFile, namespaced(logger, 'node:control'))
    const ports = new NodePorts(init, control)
    try {
      if (metrics !== undefined) ports.#metrics = await openMetrics(metrics, target, logger)
      if (dashboard !== undefined) await ports.dashboard()
      return ports
    } catch (error) {
      await ports.close()
      throw error
    }
  }

  private constructor(init: NodePortsInit, control: Control) {
    this.#init = init
    this.#control = control
  }

  /** Opened by whoever asks first, where the settings do not say so. @throws as {@link openDashboardPort} */
  dashboard(): Promise<DashboardPort> {
    const { dashboard, dashboardSource: source, logger } = this.#init
    this.#dashboard ??= openDashboardPort({
      ...dashboard,
      source,
      logger: namespaced(logger, 'node:dashboard'),
    })
    return this.#dashboard.catch((error: unknown) => {
      this.#dashboard = undefined
      throw error
    })
  }

  async close(): Promise<void> {
    const dashboard = await this.#dashboard?.catch(() => undefined)
    await Promise.all([this.#control.close(), this.#metrics?.close(), dashboard?.close()])
  }
}

async function openMetrics(
  { listen, tokenFile }: MetricsSettings,
  target: ControlTarget,
  logger: Logger,
): Promise<MetricsPort> {
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile)
  const port = await openMetricsPort(
    { listen, token },
    { metrics: target.metrics, health: () => healthOf(target.status()) },
  )
  namespaced(logger, 'node:metrics').info({ url: port.url }, 'metrics for Prometheus')
  return port
}
