/** Lets work pass while it is open. Whoever shuts it waits until what has passed is done; what comes meanwhile waits. */
export class CommandGate {
  readonly #inside = new Set<Promise<unknown>>()
  #shut: Promise<void> | undefined

  async pass<T>(work: () => Promise<T>): Promise<T> {
    while (this.#shut !== undefined) await this.#shut
    const done = work()
    const settled = done.then(
      () => undefined,
      () => undefined,
    )
    this.#inside.add(settled)
    void settled.then(() => this.#inside.delete(settled))
    return await done
  }

  /** One at a time. Waits for nothing once the signal has been aborted, and does nothing then. */
  async shutFor(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#shut = promise
    try {
      await Promise.race([Promise.all(this.#inside), aborted(signal)])
      if (!signal.aborted) await work()
    } finally {
      this.#shut = undefined
      resolve(undefined)
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
