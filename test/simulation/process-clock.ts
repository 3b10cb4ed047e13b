import type { Clock } from '../../src/gossip/wire/clock.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * One run of a process: its clock, which starts anywhere and runs fast or slow, and the gate through which every event reaches
 * it. A frozen process gets its events when it goes on, a killed one gets none.
 */
export class ProcessClock implements Clock {
  readonly #scheduler: Scheduler
  readonly #rate: number
  readonly #offset: number
  #isAlive = true
  #frozenUntil = 0

  /** @param rate - its seconds in a true one */
  constructor(scheduler: Scheduler, rate: number) {
    this.#scheduler = scheduler
    this.#rate = rate
    this.#offset = scheduler.between(0, 1e9)
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  get isFrozen(): boolean {
    return this.#scheduler.now < this.#frozenUntil
  }

  kill(): void {
    this.#isAlive = false
  }

  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#scheduler.now + ms)
  }

  now(): number {
    return this.#offset + this.#rate * this.#scheduler.now
  }

  after(ms: number, action: () => void): () => void {
    return this.afterTrue(ms / this.#rate, action)
  }

  /** As `after`, in true milliseconds: for what the world does to the process. */
  afterTrue(ms: number, action: () => void): () => void {
    let cancel = this.#scheduler.after(ms, () => {
      if (!this.#isAlive) return
      const wait = this.#frozenUntil - this.#scheduler.now
      if (wait > 0) cancel = this.afterTrue(wait, action)
      else action()
    })
    return () => cancel()
  }
}
