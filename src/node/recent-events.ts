import type { EventHub } from './event-hub.ts'
import type { NodeEvent } from './node-event.ts'

/** Characters of the events remembered; some thousand of them. */
const MAX_CHARACTERS = 1_048_576

/** An event as the control port sends it. */
export type TimedEvent = NodeEvent & {
  /** When it was told, as an ISO time. */
  readonly at: string
}

/** One line of JSON for an event that is told now. */
export function eventLine(event: NodeEvent): string {
  return `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`
}

/** The newest events as lines, for whoever asks later; progress, which is many and soon stale, is not among them. */
export class RecentEvents {
  readonly #lines: string[] = []
  #characters = 0

  constructor(hub: EventHub) {
    hub.subscribe((event) => {
      if (event.type !== 'progress') this.#keep(eventLine(event))
    })
  }

  /** Oldest first. */
  lines(): readonly string[] {
    return this.#lines
  }

  #keep(line: string): void {
    this.#lines.push(line)
    this.#characters += line.length
    while (this.#characters > MAX_CHARACTERS && this.#lines.length > 1) {
      this.#characters -= this.#lines.shift()!.length
    }
  }
}
