import { PeermergeError } from '../errors.ts'
import type { EventHub } from './event-hub.ts'
import type { Logger } from './logger.ts'
import type { NodeStatus } from './status/types.ts'

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
    this.add(codeOf(error), `${what}: ${message}`)
  }
}

/** What was not published is named by the reason, also where another thread has found it. */
function codeOf(error: unknown): string {
  if (!(error instanceof PeermergeError)) return 'ERR_INTERNAL'
  const { code, detail } = error
  return code === 'ERR_PUBLISH_REFUSED' && typeof detail.reason === 'string' ? detail.reason : code
}
