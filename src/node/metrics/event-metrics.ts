import { Counter, type Registry } from 'prom-client'
import type { NodeActivity } from '../status/types.ts'
import type { NodeEvent } from '../node-event.ts'

/** What is counted from a node's events: merges, problems, and how long it did what. */
export interface EventMetrics {
  on(event: NodeEvent): void
  /** Counts the activity under way up to now. */
  set(): void
}

/** `now` in milliseconds of a clock that never goes back. */
export function eventMetrics(registry: Registry, now: () => number): EventMetrics {
  const registers = [registry]
  const merges = new Counter({ name: 'peermerge_merges_total', help: 'Merges computed', registers })
  const published = new Counter({ name: 'peermerge_published_total', help: 'Own contributions published', labelNames: ['kind'], registers }) // prettier-ignore
  const problems = new Counter({ name: 'peermerge_problems_total', help: 'Failures and refusals, as status lists them', labelNames: ['code'], registers }) // prettier-ignore
  const seconds = new Counter({ name: 'peermerge_activity_seconds_total', help: 'Time spent training, measuring, waiting and so on', labelNames: ['activity'], registers }) // prettier-ignore
  const candidates = new Counter({ name: 'peermerge_candidates_total', help: 'Newer models judged, and whether they are served now', labelNames: ['outcome'], registers }) // prettier-ignore
  let activity: NodeActivity['kind'] = 'starting'
  let since = now()
  let digest = ''
  const count = (): void => {
    const at = now()
    seconds.inc({ activity }, (at - since) / 1000)
    since = at
  }
  return {
    on: (event) => {
      if (event.type === 'problem') problems.inc({ code: event.code })
      if (event.type === 'candidate') candidates.inc({ outcome: event.adopted ? 'adopted' : 'refused' })
      if (event.type === 'published') published.inc({ kind: event.kind })
      if (event.type === 'merged' && event.digest !== digest) {
        digest = event.digest
        merges.inc()
      }
      if (event.type !== 'activity') return
      count()
      activity = event.activity.kind
    },
    set: count,
  }
}
