const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

/** Tries again after a failure, each time after twice as long, until it succeeds or the signal ends it. */
export class RetryTimer {
  readonly #retry: () => void
  #timer: NodeJS.Timeout | undefined
  #failures = 0

  constructor(signal: AbortSignal, retry: () => void) {
    this.#retry = retry
    signal.addEventListener('abort', () => this.clear(), { once: true })
  }

  get isWaiting(): boolean {
    return this.#timer !== undefined
  }

  failed(): void {
    const after = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures)
    this.#timer = setTimeout(() => this.#retry(), after)
    this.#failures += 1
  }

  succeeded(): void {
    this.#failures = 0
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
