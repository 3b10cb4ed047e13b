import type { ContributionKind } from '../../merge/index.ts'
import { publishedId, type OutboxItem, type OutboxState } from './outbox-item.ts'

/** An item of the outbox, as commands and status tell of it. */
export interface OutboxReport {
  readonly id: string
  /** Id that it is, or would be, published under: another one where its number was used meanwhile. */
  readonly publishedId: string
  readonly state: OutboxState
  readonly kind: ContributionKind
  readonly sequence: number
  readonly generation: number
  readonly task: string | null
  readonly round: number | null
  readonly samples: number
  readonly classCounts: readonly number[]
  /** Of the payload. */
  readonly bytes: number
  /** As ISO times. */
  readonly heldAt: string
  readonly decidedAt: string | null
  /** Null where nobody has decided. */
  readonly by: string | null
  readonly reason: string
}

export function reportOf(item: OutboxItem): OutboxReport {
  const { id, state, header, heldAt, decision } = item
  const { kind, sequence, generation, task, round, count, classCounts, payload } = header
  return {
    id,
    publishedId: publishedId(item),
    state,
    kind,
    sequence,
    generation,
    task,
    round,
    samples: count,
    classCounts,
    bytes: payload.size,
    heldAt: new Date(heldAt).toISOString(),
    decidedAt: decision === null ? null : new Date(decision.at).toISOString(),
    by: decision?.by ?? null,
    reason: decision?.reason ?? '',
  }
}
