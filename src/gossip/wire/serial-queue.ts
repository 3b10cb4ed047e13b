/** Runs jobs one after another, in the order given; a failing job does not stop those behind it. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve()

  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(job)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Resolves when all jobs given so far have ended. */
  async idle(): Promise<void> {
    await this.#tail
  }
}
