/** Lets one holder in at a time, in the order of asking. */
export class OneAtATime {
  #last: Promise<void> = Promise.resolve()

  /** Waits for its turn and returns what ends it. An aborted wait gives its turn to the next. */
  async enter(signal?: AbortSignal): Promise<() => void> {
    const before = this.#last
    let leave!: () => void
    this.#last = new Promise((resolve) => (leave = resolve))
    await before
    if (signal?.aborted === true) leave()
    signal?.throwIfAborted()
    return leave
  }
}
