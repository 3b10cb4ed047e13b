import type { Logger } from './logger.ts'
import type { NodeEvent } from './node-event.ts'

/** Tells every listener; one that throws is logged and disturbs nobody else. */
export class EventHub {
  readonly #listeners = new Set<(event: NodeEvent) => void>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  emit(event: NodeEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event)
      } catch (error) {
        this.#logger.error({ err: error, type: event.type }, 'a listener of node events threw')
      }
    }
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
