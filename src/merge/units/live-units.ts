import { canonicalOrder } from './canonical-order.ts'
import { groupBy } from './group-by.ts'
import type { ContributionHeader } from '../types.ts'

interface Identified {
  readonly id: string
  readonly header: ContributionHeader
  has(unit: string): boolean
}

export interface LiveUnits<T> {
  /** Newest adapter contribution of each (peer, task), whose classifier counts; ascending id. */
  readonly adapters: readonly T[]
  /** Contributions with the newest state of this trained tensor, one of each (peer, task) that has ever sent it; ascending id. */
  holders(unit: string): readonly T[]
  /** Newest classifier statistics of each (peer, task, anchor); ascending id. */
  readonly statistics: readonly T[]
  /** All that are newest in anything; ascending id. */
  readonly live: readonly T[]
  /** Ids of contributions that share peer and sequence number with another one; none of them counts. */
  readonly equivocating: readonly string[]
}

/**
 * The state of the continuous schedule: (peer, task, unit) -> the contribution with the highest sequence number that holds the
 * unit. A unit of an adapter is a trained tensor: where a site leaves out adapter heads, those that it sent before stay. Classifier
 * and Grams go with the contribution. A peer that signs two contributions under one sequence number is not asked which one it
 * meant: both are left out, older ones stand again.
 *
 * @param units - wire names of all trained tensors
 */
export function liveUnits<T extends Identified>(
  contributions: readonly T[],
  units: readonly string[],
): LiveUnits<T> {
  const ordered = canonicalOrder(contributions)
  const bySequence = groupBy(ordered, ({ header }) => JSON.stringify([header.peer, header.sequence]))
  const single = [...bySequence.values()].filter((same) => same.length === 1).flat()
  const histories = [...groupBy(single, ({ header }) => stateKey(header)).values()].map(newestFirst)
  const newest = canonicalOrder(histories.map(([first]) => first!))
  const held = new Map(
    histories
      .filter(([first]) => first!.header.kind === 'adapter')
      .flatMap((history) => heldUnits(history, units)),
  )
  const holding = canonicalOrder([...held.keys()])
  return {
    adapters: newest.filter(({ header }) => header.kind === 'adapter'),
    holders: (unit) => holding.filter((item) => held.get(item)!.has(unit)),
    statistics: newest.filter(({ header }) => header.kind === 'statistics'),
    live: canonicalOrder([...newest, ...holding]),
    equivocating: ordered.filter((item) => !single.includes(item)).map(({ id }) => id),
  }
}

/** Goes back in time until a state of every unit is found. */
function heldUnits<T extends Identified>(
  history: readonly T[],
  units: readonly string[],
): [T, ReadonlySet<string>][] {
  const found: [T, ReadonlySet<string>][] = []
  let missing = units
  for (const item of history) {
    if (missing.length === 0) break
    const held = missing.filter((unit) => item.has(unit))
    if (held.length > 0) found.push([item, new Set(held)])
    missing = missing.filter((unit) => !item.has(unit))
  }
  return found
}

function newestFirst<T extends Identified>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => b.header.sequence - a.header.sequence)
}

function stateKey({ peer, task, kind, anchor }: ContributionHeader): string {
  return JSON.stringify(kind === 'adapter' ? [kind, peer, task] : [kind, peer, task, anchor])
}
