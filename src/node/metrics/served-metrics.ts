import type { Registry } from 'prom-client'
import type { NodeStatus } from '../status/types.ts'
import { metric } from './metric.ts'

/** What a site serves, as gauges of a registry. Returns what sets them. */
export function servedMetrics(registry: Registry): (status: Pick<NodeStatus, 'served' | 'at'>) => void {
  const gauge = metric.bind(null, registry, 'gauge')
  const model = gauge('served_info', 'Always 1; its label says what kind of model is served', ['kind'])
  const accuracy = gauge('served_accuracy', 'Share of held-out samples that the served model had right when it was chosen') // prettier-ignore
  const age = gauge('served_age_seconds', 'Since the served model took the place of another')
  const isNewest = gauge('served_is_newest_merge', 'Whether the newest merge is served')
  return ({ served, at }) => {
    model(served === null ? [] : [[{ kind: served.kind }, 1]])
    accuracy(served?.heldOut == null ? [] : served.heldOut.accuracy)
    age(served === null ? [] : Math.max(0, (Date.parse(at) - Date.parse(served.since)) / 1000))
    isNewest(served === null ? [] : Number(served.isNewestMerge === true))
  }
}
