/** At most `count` of the items, each equally likely, in random order. */
export function sample<T>(items: readonly T[], count: number, random: () => number): T[] {
  const rest = [...items]
  const chosen: T[] = []
  while (chosen.length < count && rest.length > 0) {
    const index = Math.floor(random() * rest.length)
    chosen.push(rest[index]!)
    rest[index] = rest.at(-1)!
    rest.pop()
  }
  return chosen
}
