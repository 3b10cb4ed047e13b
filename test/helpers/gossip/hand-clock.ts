import type { Clock } from '../../../src/gossip/wire/clock.ts'

/** A clock that goes only when told to. */
export class HandClock implements Clock {
  readonly #waiting = new Set<{ at: number; action: () => void }>()
  #now = 0

  now(): number {
    return this.#now
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#now + ms, action }
    this.#waiting.add(timer)
    return () => this.#waiting.delete(timer)
  }

  /** Goes on by `ms` and runs what was due, in order. */
  go(ms: number): void {
    this.#now += ms
    const due = [...this.#waiting].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at)
    for (const timer of due) if (this.#waiting.delete(timer)) timer.action()
  }
}
