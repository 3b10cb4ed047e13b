import type { NodeEvent } from '../node-event.ts'
import type { OutboxItem } from './outbox-item.ts'
import { reportOf } from './outbox-report.ts'

/** What is told when something has become of an item. */
export function outboxEvent(item: OutboxItem): Extract<NodeEvent, { type: 'outbox' }> {
  const { id, state, kind, sequence, samples, bytes, by, reason } = reportOf(item)
  return { type: 'outbox', state, id, kind, sequence, samples, bytes, by, reason }
}
