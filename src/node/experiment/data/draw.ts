import { createRandom } from '../../../merge/index.ts'

/** The first `most` items in an order that the name draws, in their own order again; all where nothing limits them. */
export function draw<T>(items: readonly T[], most: number | undefined, name: string): T[] {
  if (most === undefined || items.length <= most) return [...items]
  const order = createRandom(`experiment/data/${name}`).shuffle([...items.keys()])
  return order
    .slice(0, most)
    .sort((a, b) => a - b)
    .map((index) => items[index]!)
}
