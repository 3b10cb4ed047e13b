import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Registry } from 'prom-client'
import { metric } from './metric.ts'

const NANOSECONDS = 1e9
/** How often the delay is sampled. */
const RESOLUTION_MS = 10

/** How busy the main thread is and how much memory the process has. */
export interface ProcessMetrics {
  set(): void
  close(): void
}

/** Delays are those since the last time that metrics were asked for, so that one long block is not averaged away over weeks. */
export function processMetrics(registry: Registry): ProcessMetrics {
  const delay = metric(registry, 'gauge', 'event_loop_delay_seconds', 'Delay of the main thread since the last scrape; an idle one has about 0.01', ['quantile']) // prettier-ignore
  const memory = metric(registry, 'gauge', 'memory_bytes', 'Memory of the node process, without the trainer', ['kind']) // prettier-ignore
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return {
    set: () => {
      delay([
        [{ quantile: '0.5' }, histogram.percentile(50) / NANOSECONDS],
        [{ quantile: '0.99' }, histogram.percentile(99) / NANOSECONDS],
        [{ quantile: '1' }, histogram.max / NANOSECONDS],
      ])
      histogram.reset()
      const { rss, heapUsed, external } = process.memoryUsage()
      memory([
        [{ kind: 'resident' }, rss],
        [{ kind: 'heap' }, heapUsed],
        [{ kind: 'external' }, external],
      ])
    },
    close: () => histogram.disable(),
  }
}
