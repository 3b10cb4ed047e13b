import type { PolicyReport } from '../policy/policy-report.ts'
import { shortened } from './entry-of-event.ts'
import type { OutboxSummary } from './wire.ts'

/** Beyond it what is held is counted and not listed. */
const MAX_LISTED = 200

/** What waits for a person's word before it leaves. */
export function outboxOf({ problem, outbox: { required, waiting } }: PolicyReport): OutboxSummary {
  const held = waiting.filter(({ state }) => state === 'held')
  return {
    required,
    problem: problem === null ? null : shortened(problem),
    held: held.length,
    heldBytes: held.reduce((sum, { bytes }) => sum + bytes, 0),
    since: held.length === 0 ? null : Math.min(...held.map(({ heldAt }) => Date.parse(heldAt))),
    released: waiting.length - held.length,
    items: held.slice(0, MAX_LISTED).map(({ id, kind, sequence, samples, bytes, heldAt }) => {
      return { id: id.slice(0, 12), kind, sequence, samples, bytes, heldAt: Date.parse(heldAt) }
    }),
  }
}
