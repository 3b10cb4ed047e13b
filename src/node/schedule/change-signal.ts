/** Lets one loop sleep until something may have changed. A change while it is awake is not lost. */
export class ChangeSignal {
  #isSet = false
  #wake: (() => void) | undefined

  set(): void {
    this.#isSet = true
    this.#wake?.()
  }

  /** Resolves at the next change, after `timeoutMs`, or at the abort; at once if a change has come since the last call. */
  async wait(timeoutMs: number | null, signal: AbortSignal): Promise<void> {
    if (!this.#isSet && !signal.aborted) await this.#sleep(timeoutMs, signal)
    this.#isSet = false
  }

  #sleep(timeoutMs: number | null, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeoutMs === null ? undefined : setTimeout(() => wake(), Math.max(0, timeoutMs))
      const wake = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        this.#wake = undefined
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
      this.#wake = wake
    })
  }
}
