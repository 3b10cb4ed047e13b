/** The names most like `name`, best first, to be suggested. */
export function nearestNames(name: string, names: readonly string[], count = 3): string[] {
  return names
    .map((candidate) => ({ candidate, steps: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** Names that `name` may be a misspelling of: one or two steps away, and no more than one in five of its letters; none for itself. */
export function nearNames(name: string, names: readonly string[]): string[] {
  const most = Math.min(2, Math.max(1, Math.floor(name.length / 5)))
  const isNear = (other: string): boolean => editDistance(name.toLowerCase(), other.toLowerCase()) <= most
  return nearestNames(
    name,
    names.filter((other) => other !== name && isNear(other)),
  )
}

const MAX_COMPARED = 100

/** Insertions, deletions and replacements that turn one text into the other, over their first characters. */
export function editDistance(from: string, to: string): number {
  const a = from.slice(0, MAX_COMPARED)
  const b = to.slice(0, MAX_COMPARED)
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
