import type { Registry } from 'prom-client'
import type { NodeStatus } from '../status/types.ts'
import { metric, type Sample, type SetMetric } from './metric.ts'

/** What a site serves, as gauges of a registry; nothing while it serves nothing. Returns what sets them. */
export function servedMetrics(registry: Registry): (status: Pick<NodeStatus, 'served' | 'at'>) => void {
  const gauge = (name: string, help: string): SetMetric => metric(registry, 'gauge', name, help, ['kind'])
  const accuracy = gauge('served_accuracy', 'Share of held-out samples that the served model had right when it was chosen') // prettier-ignore
  const age = gauge('served_age_seconds', 'Since the served model took the place of another')
  const isNewest = gauge('served_is_newest_merge', 'Whether the newest merge is served')
  return ({ served, at }) => {
    const of = (value: number | undefined): Sample[] =>
      served === null || value === undefined ? [] : [[{ kind: served.kind }, value]]
    accuracy(of(served?.heldOut?.accuracy))
    age(of(served === null ? undefined : Math.max(0, (Date.parse(at) - Date.parse(served.since)) / 1000)))
    isNewest(of(Number(served?.isNewestMerge === true)))
  }
}
