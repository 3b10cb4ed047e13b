import { PeermergeError } from '../errors.ts'
import type { EventHub } from './event-hub.ts'
import type { Logger } from './logger.ts'
import type { NodeStatus } from './types.ts'

const KEPT = 20

/** What has gone wrong lately, for status, events and log alike. */
export class Problems {
  readonly #hub: EventHub
  readonly #logger: Logger
  readonly #latest: NodeStatus['problems'][number][] = []

  constructor(hub: EventHub, logger: Logger) {
    this.#hub = hub
    this.#logger = logger
  }

  /** Newest last. */
  list(): NodeStatus['problems'] {
    return [...this.#latest]
  }

  add(code: string, message: string): void {
    this.#latest.push({ at: new Date().toISOString(), code, message })
    if (this.#latest.length > KEPT) this.#latest.shift()
    this.#logger.warn({ code }, message)
    this.#hub.emit({ type: 'problem', code, message })
  }

  failed(what: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#logger.debug({ err: error, what }, 'failure in full')
    this.add(error instanceof PeermergeError ? error.code : 'ERR_INTERNAL', `${what}: ${message}`)
  }
}
