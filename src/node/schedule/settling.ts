/** What is known about the first moments of a run. */
export interface SettlingFacts {
  readonly now: number
  /** Longest wait. */
  readonly deadline: number
  /** Whether this node and a peer have told each other all that they know. */
  readonly hasExchanged: boolean
  /** Contributions that are being fetched. */
  readonly fetching: number
}

/**
 * Until when a node that has just started should wait before it acts: for a first exchange of inventories, and for what that
 * has brought to arrive. A latecomer then starts from the merge of the others, and a node restored from a backup learns which
 * sequence numbers it has used. Null: go on.
 */
export function settleUntil({ now, deadline, hasExchanged, fetching }: SettlingFacts): number | null {
  return now < deadline && (!hasExchanged || fetching > 0) ? deadline : null
}
