import type { SumsOver } from '../units/sums-over.ts'

/** Sums that are kept from one set to the next. */
export interface KeptSums<T, R> {
  /** The result for these items, ascending by id: only what has come or gone since the last time is added and taken off. */
  update(items: readonly T[]): R
  readonly bytes: number
}

interface Difference<T> {
  readonly come: readonly T[]
  readonly gone: readonly T[]
  /** The new set; an item that was there stays as it was added. */
  readonly now: readonly T[]
}

/**
 * Begins with no item. An item is held until it goes, as it is needed to take it off; where most go, the sums start again with those
 * that are left.
 */
export function keptSums<T extends { readonly id: string }, R>(
  create: (first: T | undefined) => SumsOver<T, R>,
): KeptSums<T, R> {
  let sums: SumsOver<T, R> | undefined
  let held: readonly T[] = []
  let last: R | undefined
  return {
    update(items): R {
      const { come, gone, now } = difference(held, items)
      if (last !== undefined && come.length + gone.length === 0) return last
      if (sums === undefined || gone.length > items.length - come.length) {
        sums = create(items[0])
        for (const item of items) sums.add(item)
        held = items
      } else {
        for (const item of gone) sums.remove(item)
        for (const item of come) sums.add(item)
        held = now
      }
      return (last = sums.solve())
    },
    get bytes(): number {
      return sums?.bytes ?? 0
    },
  }
}

/** Of two lists that ascend by id. */
function difference<T extends { readonly id: string }>(
  before: readonly T[],
  after: readonly T[],
): Difference<T> {
  const come: T[] = []
  const gone: T[] = []
  const now: T[] = []
  let b = 0
  for (const item of after) {
    while (b < before.length && before[b]!.id < item.id) gone.push(before[b++]!)
    if (before[b]?.id === item.id) {
      now.push(before[b++]!)
    } else {
      come.push(item)
      now.push(item)
    }
  }
  return { come, gone: [...gone, ...before.slice(b)], now }
}
