import { CorruptChunkError } from './errors.ts'
import { RetryTimer } from './retry-timer.ts'
import type { NodeStore } from './types.ts'

export interface MergeTurnsInit {
  readonly store: Pick<NodeStore, 'dropChunk'>
  readonly signal: AbortSignal
  /** Calls `settle` once nothing that is asked for later is missing in what it does. */
  work(): Promise<void>
  onProblem(error: unknown): void
}

/**
 * One merge at a time. What is asked for while one is under way is done once after it, however often that was; a rotten chunk is put aside
 * with all that need it; whatever else fails is tried again later.
 */
export class MergeTurns {
  readonly #init: MergeTurnsInit
  readonly #retry: RetryTimer
  #isDirty = false
  #running: Promise<void> | undefined

  constructor(init: MergeTurnsInit) {
    this.#init = init
    this.#retry = new RetryTimer(init.signal, () => this.request())
  }

  /** Whether something has been asked for that is not done. */
  get isDirty(): boolean {
    return this.#isDirty
  }

  request(): void {
    this.#isDirty = true
    this.#retry.clear()
    this.#start()
  }

  /** From here on only what is asked for counts, or with `again` what is there already. */
  settle(again = false): void {
    this.#isDirty = again
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      // a request may have come after the loop's last look
      if (this.#isDirty && !this.#retry.isWaiting && !this.#init.signal.aborted) this.#start()
    })
  }

  async #run(): Promise<void> {
    while (this.#isDirty && !this.#init.signal.aborted) {
      try {
        await this.#init.work()
        this.#retry.succeeded()
      } catch (error) {
        if (!(await this.#goesOn(error))) return
      }
    }
  }

  /** Whether the next turn can come at once. */
  async #goesOn(error: unknown): Promise<boolean> {
    if (this.#init.signal.aborted) return false
    this.#isDirty = true
    if (error instanceof CorruptChunkError) {
      await this.#init.store.dropChunk(error.digest)
      return true
    }
    this.#init.onProblem(error)
    this.#retry.failed()
    return false
  }
}
