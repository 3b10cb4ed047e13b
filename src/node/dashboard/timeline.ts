import type { EventHub } from '../event-hub.ts'
import { entryOfEvent } from './entry-of-event.ts'
import type { TimelineEntry } from './wire.ts'

/** Lines remembered; some two megabytes. */
export const MAX_ENTRIES = 10_000

/** The newest events of a node as lines for people, numbered from 1, and before them what its log says of earlier runs. */
export class Timeline {
  readonly #listeners = new Set<(entry: TimelineEntry) => void>()
  #entries: TimelineEntry[] = []
  #last = 0
  #hasEarlier = false

  /** @param wallNow - milliseconds since 1970 */
  constructor(hub: Pick<EventHub, 'subscribe'>, wallNow: () => number) {
    hub.subscribe((event) => {
      const entry = entryOfEvent(event, wallNow())
      if (entry !== undefined) this.#add(entry)
    })
  }

  /** Oldest first. @param after - only those with higher numbers */
  entries(after = -Infinity): readonly TimelineEntry[] {
    return this.#entries.filter(({ n }) => n > after)
  }

  /** Puts what was before this run in front, once. @param earlier - oldest first */
  prepend(earlier: readonly Omit<TimelineEntry, 'n'>[]): void {
    if (this.#hasEarlier) return
    this.#hasEarlier = true
    const room = Math.max(0, MAX_ENTRIES - this.#entries.length)
    const kept = room === 0 ? [] : earlier.slice(-room)
    this.#entries.unshift(...kept.map((entry, i) => ({ n: i - kept.length + 1, ...entry })))
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: (entry: TimelineEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #add(draft: Omit<TimelineEntry, 'n'>): void {
    const entry = { n: ++this.#last, ...draft }
    this.#entries.push(entry)
    if (this.#entries.length > MAX_ENTRIES + MAX_ENTRIES / 10)
      this.#entries = this.#entries.slice(-MAX_ENTRIES)
    for (const listener of this.#listeners) listener(entry)
  }
}
