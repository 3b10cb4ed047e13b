import type { NodeEvent } from './types.ts'

/** One short phrase for an event; undefined where nothing is worth saying. */
export function describeEvent(event: NodeEvent): string | undefined {
  switch (event.type) {
    case 'progress': {
      const { phase, done, total, samplesPerSecond } = event.progress
      return `${phase} ${done}/${total}, ${samplesPerSecond.toFixed(0)} samples/s`
    }
    case 'activity':
      return event.activity.text
    case 'published':
      return `published ${event.kind} ${event.sequence} (${event.count} samples, ${(event.bytes / 1000).toFixed(0)} kB)`
    case 'rejected':
      return `rejected ${event.name}'s ${event.kind} ${event.sequence}: ${event.reason}`
    case 'skipped':
      return `skipped ${event.where}: ${event.reason}`
    case 'problem':
      return `${event.code}: ${event.message}`
    case 'done':
      return 'done'
    case 'merged':
      return `merged ${event.cut.length} contributions: ${event.digest.slice(0, 12)}`
    case 'peer':
      return `${event.name} ${event.connected ? 'connected' : 'disconnected'}`
    case 'admitted':
    case 'stopped':
      return undefined
  }
}
