import { canonicalOrder } from './canonical-order.ts'
import { groupBy } from './group-by.ts'
import type { ContributionHeader } from './types.ts'

interface Identified {
  readonly id: string
  readonly header: ContributionHeader
}

export interface LiveUnits<T> {
  /** Newest adapter state of each (peer, task): factors, cores, Grams, classifier rows; ascending id. */
  readonly adapters: readonly T[]
  /** Newest classifier statistics of each (peer, task, anchor); ascending id. */
  readonly statistics: readonly T[]
  /** Ids of contributions that share peer and sequence number with another one; none of them counts. */
  readonly equivocating: readonly string[]
}

/**
 * The state of the continuous schedule: (peer, task, unit) -> the contribution with the highest sequence number. A
 * contribution carries all units of its kind, so units of one kind live and age together. A peer that signs two
 * contributions under one sequence number is not asked which one it meant: both are left out, older ones stand again.
 */
export function liveUnits<T extends Identified>(contributions: readonly T[]): LiveUnits<T> {
  const ordered = canonicalOrder(contributions)
  const bySequence = groupBy(ordered, ({ header }) => JSON.stringify([header.peer, header.sequence]))
  const single = [...bySequence.values()].filter((same) => same.length === 1).flat()
  const newest = new Map<string, T>()
  for (const item of single) {
    const key = unitKey(item.header)
    const known = newest.get(key)
    if (known === undefined || known.header.sequence < item.header.sequence) newest.set(key, item)
  }
  const live = canonicalOrder([...newest.values()])
  return {
    adapters: live.filter(({ header }) => header.kind === 'adapter'),
    statistics: live.filter(({ header }) => header.kind === 'statistics'),
    equivocating: ordered.filter((item) => !single.includes(item)).map(({ id }) => id),
  }
}

function unitKey({ peer, task, kind, anchor }: ContributionHeader): string {
  return JSON.stringify(kind === 'adapter' ? [kind, peer, task] : [kind, peer, task, anchor])
}
