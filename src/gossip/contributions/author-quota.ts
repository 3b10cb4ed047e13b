import type { ContributionHeader } from '../../merge/index.ts'
import type { Rate } from '../wire/token-bucket.ts'
import { TokenBuckets } from '../wire/token-bucket.ts'
import type { Clock } from '../wire/clock.ts'

export interface QuotaLimits {
  /** Contributions of one author. */
  readonly most: number
  /** New ones of one author that enter; who is faster waits. */
  readonly rate: Rate
  /** Authors whose rate is remembered. */
  readonly authors: number
}

type Ranked = Pick<ContributionHeader, 'peer' | 'sequence' | 'task' | 'kind'>

interface Place {
  readonly id: string
  readonly sequence: number
}

/**
 * How much of one author this node keeps and offers: the newest of every task and kind, then the next newest of each, and so
 * on, up to a number. That is a function of the set alone, whatever came first, so peers that leave out the rest still agree;
 * and what a merge uses, the newest of a task and kind, is the last to go.
 */
export class AuthorQuota {
  readonly #limits: QuotaLimits
  readonly #entries: TokenBuckets
  /** By author, then by task and kind; newest first. */
  readonly #kept = new Map<string, Map<string, Place[]>>()

  constructor(limits: QuotaLimits, clock: Pick<Clock, 'now'>) {
    this.#limits = limits
    this.#entries = new TokenBuckets(limits.rate, clock, limits.authors)
  }

  /** Counts a contribution and returns the ids, perhaps its own, that are too many now and are counted no longer. */
  enter(id: string, header: Ranked): string[] {
    const groups = this.#kept.get(header.peer) ?? new Map<string, Place[]>()
    this.#kept.set(header.peer, groups)
    insert(groups, groupOf(header), { id, sequence: header.sequence })
    const surplus = []
    while (countOf(groups) > this.#limits.most) surplus.push(removeLast(groups))
    return surplus
  }

  /** Whether there is a place for it. */
  hasPlace(id: string, header: Ranked): boolean {
    const groups = this.#kept.get(header.peer)
    if (groups === undefined || countOf(groups) < this.#limits.most) return true
    const trial = new Map([...groups].map(([group, places]) => [group, [...places]]))
    insert(trial, groupOf(header), { id, sequence: header.sequence })
    return removeLast(trial) !== id
  }

  /** Whether one more of this author may enter now. */
  mayEnter(author: string): boolean {
    return this.#entries.take(author)
  }
}

function groupOf({ task, kind }: Ranked): string {
  return `${task} ${kind}`
}

function countOf(groups: ReadonlyMap<string, readonly Place[]>): number {
  let count = 0
  for (const places of groups.values()) count += places.length
  return count
}

function insert(groups: Map<string, Place[]>, group: string, place: Place): void {
  const places = groups.get(group) ?? []
  const at = places.findIndex((other) => isBefore(place, other))
  places.splice(at < 0 ? places.length : at, 0, place)
  groups.set(group, places)
}

/** Newest first; two that were signed under one number by their ids. */
function isBefore(a: Place, b: Place): boolean {
  return a.sequence > b.sequence || (a.sequence === b.sequence && a.id < b.id)
}

/** The oldest of the longest group; of several that are as long, the one whose oldest is older. */
function removeLast(groups: Map<string, Place[]>): string {
  const longest = [...groups.values()].reduce((most, places) => {
    if (places.length !== most.length) return places.length > most.length ? places : most
    return isBefore(most.at(-1)!, places.at(-1)!) ? places : most
  })
  return longest.pop()!.id
}
