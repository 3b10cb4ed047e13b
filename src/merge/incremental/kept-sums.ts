import type { SumsOver } from '../units/sums-over.ts'

/** Sums that are kept from one set to the next. */
export interface KeptSums<T, R> {
  /** The result for these items: only what has come or gone since the last time is added and taken off. */
  update(items: readonly T[]): R
  readonly bytes: number
}

/**
 * Begins with no item. An item is held until it goes, as it is needed to take it off; where most go, the sums start again with those
 * that are left.
 */
export function keptSums<T extends { readonly id: string }, R>(
  create: (first: T | undefined) => SumsOver<T, R>,
): KeptSums<T, R> {
  let sums: SumsOver<T, R> | undefined
  let held: ReadonlyMap<string, T> = new Map()
  let last: R | undefined
  return {
    update(items): R {
      const now = new Map(items.map((item) => [item.id, item]))
      const come = items.filter(({ id }) => !held.has(id))
      const gone = [...held.values()].filter(({ id }) => !now.has(id))
      if (last !== undefined && come.length + gone.length === 0) return last
      if (sums === undefined || gone.length > items.length - come.length) {
        sums = create(items[0])
        for (const item of items) sums.add(item)
      } else {
        for (const item of gone) sums.remove(item)
        for (const item of come) sums.add(item)
      }
      // an item that stays is held as it was added, so that the set of readers does not grow with every merge
      held = new Map(items.map((item) => [item.id, held.get(item.id) ?? item]))
      return (last = sums.solve())
    },
    get bytes(): number {
      return sums?.bytes ?? 0
    },
  }
}
