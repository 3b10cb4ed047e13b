import { PeermergeError } from '../../errors.ts'
import type { Logger } from '../logger.ts'

/** Nothing that a node holds takes longer to close; after it the process ends as it is. */
const ORDERLY_STOP_MS = 10_000
const CRASHED = 3

/**
 * While it stands, an error that nobody caught (a callback of a library, a promise without an owner) ends the process in
 * order instead of at once: `signal` aborts with ERR_CRASHED, and who waits for it closes store and network. The state of
 * what threw is unknown, so that going on is no choice. A promise of libp2p that nobody waits for may also reject with the event that
 * ended a stream: that is no error, and no state hangs on it.
 */
export class CrashGuard implements Disposable {
  readonly #controller = new AbortController()
  readonly #logger: Pick<Logger, 'error' | 'warn'>

  constructor(logger: Pick<Logger, 'error' | 'warn'>) {
    this.#logger = logger
    process.on('uncaughtException', this.#crashed).on('unhandledRejection', this.#rejected)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    process.off('uncaughtException', this.#crashed).off('unhandledRejection', this.#rejected)
  }

  readonly #rejected = (reason: unknown): void => {
    if (reason instanceof Event)
      this.#logger.warn({ event: reason.type }, 'nobody waited for the end of a stream')
    else this.#crashed(reason)
  }

  readonly #crashed = (thrown: unknown): void => {
    if (this.signal.aborted) return // the stop is under way already
    const cause = thrown instanceof Error ? thrown : new Error(String(thrown))
    const problem = `an error that nobody caught: ${cause.message}; the node stops in order, start it again`
    const detail = { name: cause.name, stack: cause.stack?.split('\n').slice(0, 8) }
    this.#logger.error({ err: cause }, problem)
    setTimeout(() => process.exit(CRASHED), ORDERLY_STOP_MS).unref()
    this.#controller.abort(new PeermergeError('ERR_CRASHED', problem, detail, { cause }))
  }
}
