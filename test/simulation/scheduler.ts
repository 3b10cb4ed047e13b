import { createHash } from 'node:crypto'
import { createRandom } from '../../src/merge/index.ts'
import { EventHeap, type TimedEvent } from './event-heap.ts'

/**
 * One queue of events in virtual time, one source of chance, one record of what happened. After each event everything that it
 * made ready runs to its end before the next, so that a seed has one history.
 */
export class Scheduler {
  /** Virtual milliseconds since the beginning of the run. */
  now = 0
  events = 0
  readonly #heap = new EventHeap()
  readonly #random
  readonly #history = createHash('sha256')
  readonly #tell: ((line: string) => void) | undefined

  /** @param tell - where each line of the history goes as well */
  constructor(seed: string, tell?: (line: string) => void) {
    this.#random = createRandom(seed)
    this.#tell = tell
  }

  /** From 0 to 1. */
  random(): number {
    return this.#random.uniform()
  }

  between(min: number, max: number): number {
    return min + (max - min) * this.random()
  }

  /** A whole number from 0 to `count` − 1. */
  below(count: number): number {
    return Math.floor(this.random() * count)
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }

  /** Returns what cancels it. */
  after(ms: number, action: () => void): () => void {
    const event = this.#heap.push(this.now + Math.max(0, ms), action)
    return () => {
      event.action = undefined
    }
  }

  /** Resolves after `ms` of virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** A line of the history. */
  note(who: string, what: string): void {
    this.#history.update(`${this.now} ${who} ${what}\n`)
    this.tell(who, what)
  }

  /** For whoever reads along; no part of the history. */
  tell(who: string, what: string): void {
    this.#tell?.(`${(this.now / 1000).toFixed(3)} s ${who} ${what}`)
  }

  /** Of the history so far: equal for two runs that went alike. */
  digest(): string {
    return this.#history.copy().digest('hex')
  }

  /** Runs events up to a virtual time, or until `isDone`, which is asked after each. */
  async runUntil(time: number, isDone: () => boolean = () => false): Promise<void> {
    let goesOn = true
    await turns(() => undefined)
    while (goesOn) {
      await turns(() => {
        goesOn &&= this.#step(time)
        if (goesOn && isDone()) goesOn = false
      })
    }
    if (this.#next(time) === undefined) this.now = Math.max(this.now, time)
  }

  /** Runs the next event; false if there is none up to this time. */
  #step(time: number): boolean {
    const event = this.#next(time)
    if (event === undefined) return false
    this.#heap.pop()
    this.now = event.at
    this.events++
    event.action?.()
    return true
  }

  #next(time: number): TimedEvent | undefined {
    for (;;) {
      const next = this.#heap.peek()
      if (next === undefined || next.at > time) return undefined
      if (next.action !== undefined) return next
      this.#heap.pop()
    }
  }
}

/** Immediates that are queued at once: between two of them, too, all microtasks run to their end. */
const TURNS = 64

async function turns(work: () => void): Promise<void> {
  const failures: unknown[] = []
  await new Promise<void>((resolve) => {
    for (let i = 0; i < TURNS; i++) {
      setImmediate(() => {
        try {
          if (failures.length === 0) work()
        } catch (thrown) {
          failures.push(thrown)
        }
      })
    }
    setImmediate(resolve)
  })
  if (failures.length > 0) throw failures[0]
}
