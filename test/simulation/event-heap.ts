export interface TimedEvent {
  readonly at: number
  /** Order among events of the same time: as they were pushed. */
  readonly order: number
  /** Undefined when it has been cancelled. */
  action: (() => void) | undefined
}

/** Events by time; those of one time in the order in which they came. */
export class EventHeap {
  readonly #events: TimedEvent[] = []
  #order = 0

  push(at: number, action: () => void): TimedEvent {
    const event = { at, order: this.#order++, action }
    this.#events.push(event)
    this.#rise(this.#events.length - 1)
    return event
  }

  peek(): TimedEvent | undefined {
    return this.#events[0]
  }

  pop(): void {
    const last = this.#events.pop()
    if (last === undefined || this.#events.length === 0) return
    this.#events[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      let first = at
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#events.length && this.#isBefore(child, first)) first = child
      }
      if (first === at) return
      this.#swap(at, first)
      at = first
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#events[a]!, this.#events[b]!]
    return x.at < y.at || (x.at === y.at && x.order < y.order)
  }

  #swap(a: number, b: number): void {
    const kept = this.#events[a]!
    this.#events[a] = this.#events[b]!
    this.#events[b] = kept
  }
}
