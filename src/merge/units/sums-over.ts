/** Sums over a set of contributions that come and go without a trace, and what they solve to. */
export interface SumsOver<T, R> {
  add(item: T): void
  /** Takes off an item that has been added before. */
  remove(item: T): void
  /** Leaves the sums as they are. */
  solve(): R
  /** What the sums occupy. */
  readonly bytes: number
}

/** The result for the items alone. */
export function solveFor<T, R>(sums: SumsOver<T, R>, items: readonly T[]): R {
  for (const item of items) sums.add(item)
  return sums.solve()
}
