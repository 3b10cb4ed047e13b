/** What is known about the first moments of a run. */
export interface SettlingFacts {
  readonly now: number
  /** Longest wait. */
  readonly deadline: number
  /** When the first peer connected; null before. */
  readonly connectedAt: number | null
  /** Contributions that are being fetched. */
  readonly fetching: number
}

/** A reconciliation starts with the connection and takes a few round trips. */
export const EXCHANGE_MS = 1_000

/**
 * Until when a node that has just started should wait before it acts: for a first exchange of inventories, and for what that
 * has brought to arrive. A latecomer then starts from the merge of the others, and a node restored from a backup learns which
 * sequence numbers it has used. Null: go on.
 */
export function settleUntil({ now, deadline, connectedAt, fetching }: SettlingFacts): number | null {
  if (now >= deadline) return null
  if (connectedAt === null || fetching > 0) return deadline
  const exchanged = Math.min(deadline, connectedAt + EXCHANGE_MS)
  return now >= exchanged ? null : exchanged
}
