/** A binary heap: gives back the smallest of what it holds. */
export class SmallestFirst<T> {
  readonly #items: T[] = []
  readonly #isSmaller: (a: T, b: T) => boolean

  constructor(isSmaller: (a: T, b: T) => boolean) {
    this.#isSmaller = isSmaller
  }

  /** In no order. */
  items(): readonly T[] {
    return this.#items
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!this.#isSmaller(item, items[parent]!)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (items.length > 0) this.#sink(last!)
    return first
  }

  #sink(item: T): void {
    const items = this.#items
    let at = 0
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      const right = child + 1
      if (right < items.length && this.#isSmaller(items[right]!, items[child]!)) child = right
      if (!this.#isSmaller(items[child]!, item)) break
      items[at] = items[child]!
      at = child
    }
    items[at] = item
  }
}
