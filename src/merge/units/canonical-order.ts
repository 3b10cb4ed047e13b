/** Ascending by UTF-16 code units, on every machine and in every locale. */
export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The order in which everything is summed: ascending id, each id once. */
export function canonicalOrder<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  const sorted = [...items].sort((a, b) => compareCodeUnits(a.id, b.id))
  return sorted.filter((item, i) => i === 0 || item.id !== sorted[i - 1]?.id)
}
