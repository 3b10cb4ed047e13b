import { startControl, type Control, type ControlTarget } from './control.ts'
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
  readonly logger: Logger
}

/** Where other processes of this machine ask a node; open as long as the node, whatever it runs. */
export class NodePorts {
  readonly #control: Control
  readonly #metrics: MetricsPort | undefined

  /** @throws PeermergeError ERR_METRICS_ADDRESS, ERR_PORT_IN_USE; nothing stays open then */
  static async open({ target, controlFile, metrics, logger }: NodePortsInit): Promise<NodePorts> {
    const control = await startControl(target, controlFile, namespaced(logger, 'node:control'))
    try {
      return new NodePorts(control, metrics && (await openMetrics(metrics, target, logger)))
    } catch (error) {
      await control.close()
      throw error
    }
  }

  private constructor(control: Control, metrics: MetricsPort | undefined) {
    this.#control = control
    this.#metrics = metrics
  }

  async close(): Promise<void> {
    await Promise.all([this.#control.close(), this.#metrics?.close()])
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
