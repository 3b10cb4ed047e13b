import type { Registry } from 'prom-client'
import type { LimitName } from '../policy/limits-in-force.ts'
import { QUIETED } from '../policy/quiet-hours.ts'
import type { NodeStatus } from '../status/types.ts'
import { metric } from './metric.ts'

const LIMITS: { readonly [Name in LimitName]: string } = {
  threads: 'threads',
  mergeThreads: 'merge_threads',
  memoryBytes: 'memory_bytes',
  diskBytes: 'disk_bytes',
  uploadBytesPerSecond: 'upload_bytes_per_second',
  downloadBytesPerSecond: 'download_bytes_per_second',
  floorSamples: 'floor_samples',
  floorPerClass: 'floor_samples_per_class',
}

/** What is held for a person, what is quiet, and the limits in force. Returns what sets them. */
export function policyMetrics(registry: Registry): (status: NodeStatus) => void {
  const gauge = metric.bind(null, registry, 'gauge')
  const held = gauge('outbox_held', 'Own contributions that wait for a person to release or refuse them')
  const heldBytes = gauge('outbox_held_bytes', 'Bytes of their payloads')
  const since = gauge('outbox_oldest_seconds', 'Since the oldest of them was held; 0 for none')
  const closed = gauge('policy_problem', 'Whether nothing may leave as policy.json cannot be used')
  const quiet = gauge('quiet', 'Whether a quiet hour of the policy forbids it now', ['what'])
  const limits = gauge('limit', 'Limits in force, where there are any, and who has set them', ['of', 'from'])
  return ({ policy, at }) => {
    const waiting = policy.outbox.waiting.filter(({ state }) => state === 'held')
    held(waiting.length)
    heldBytes(waiting.reduce((sum, { bytes }) => sum + bytes, 0))
    const times = waiting.map(({ heldAt }) => Date.parse(at) - Date.parse(heldAt))
    since(Math.max(0, ...times) / 1000)
    closed(policy.problem === null ? 0 : 1)
    quiet(QUIETED.map((what) => [{ what }, policy.quiet[what] === null ? 0 : 1]))
    limits(
      Object.entries(LIMITS).flatMap(([name, of]) => {
        const limit = policy.limits[name as LimitName]
        return limit === null ? [] : [[{ of, from: limit.from }, limit.value] as const]
      }),
    )
  }
}
