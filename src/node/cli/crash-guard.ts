import { PeermergeError } from '../../errors.ts'
import type { Logger } from '../logger.ts'

/** Nothing that a node holds takes longer to close; after it the process ends as it is. */
const ORDERLY_STOP_MS = 10_000
const CRASHED = 3

/**
 * While it stands, an error that nobody caught (a callback of a library, a promise without an owner) ends the process in
 * order instead of at once: `signal` aborts with ERR_CRASHED, and who waits for it closes store and network. The state of
 * what threw is unknown, so that going on is no choice.
 */
export class CrashGuard implements Disposable {
  readonly #controller = new AbortController()
  readonly #logger: Pick<Logger, 'error'>

  constructor(logger: Pick<Logger, 'error'>) {
    this.#logger = logger
    process.on('uncaughtException', this.#crashed).on('unhandledRejection', this.#crashed)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    process.off('uncaughtException', this.#crashed).off('unhandledRejection', this.#crashed)
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
