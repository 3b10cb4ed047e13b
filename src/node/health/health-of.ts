import type { NodeStatus } from '../status/types.ts'
import type { Health } from './types.ts'

/** Activities in which a node does not do its work; it may get out of each of them by itself. */
const NOT_READY: ReadonlySet<string> = new Set(['starting', 'stopped', 'failed'])

/** What a status says of the health of its node, which is live, as it has given one. */
export function healthOf({
  activity,
  agreement,
  merge,
}: Pick<NodeStatus, 'activity' | 'agreement' | 'merge'>): Health {
  return {
    live: true,
    ready: !NOT_READY.has(activity.kind),
    agreement: merge !== null && agreement.others.length === 0,
    why: {
      live: 'the node answers',
      ready: activity.text,
      agreement: merge === null ? 'there is no merge yet' : agreement.text,
    },
  }
}

/** Of a home whose node does not answer. */
export function noHealth(why: string): Health {
  return { live: false, ready: false, agreement: false, why: { live: why, ready: why, agreement: why } }
}
