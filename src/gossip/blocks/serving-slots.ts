import type { Clock } from '../wire/clock.ts'

interface Waiting {
  readonly member: string
  readonly start: (release: (() => void) | undefined) => void
}

export interface ServingSlotsInit {
  /** Chunks served at once. */
  readonly slots: number
  /** Of these to one member. */
  readonly perMember: number
  /** Requests that wait for a slot; a member may fill a quarter of the places. */
  readonly maxWaiting: number
  /** A request that has waited so long is given up. */
  readonly waitMs: number
}

/** Shares serving out: when a slot comes free, the waiting member that is being served least has it. */
export class ServingSlots {
  readonly #init: ServingSlotsInit
  readonly #clock: Pick<Clock, 'after'>
  readonly #served = new Map<string, number>()
  readonly #waiting: Waiting[] = []
  #busy = 0

  constructor(init: ServingSlotsInit, clock: Pick<Clock, 'after'>) {
    this.#init = init
    this.#clock = clock
  }

  /** Resolves with what gives the slot back; with undefined when there is none in time. */
  acquire(member: string): Promise<(() => void) | undefined> {
    if (this.#mayStart(member)) return Promise.resolve(this.#start(member))
    const own = this.#waiting.filter((waiting) => waiting.member === member).length
    const { maxWaiting, waitMs } = this.#init
    if (this.#waiting.length >= maxWaiting || own >= maxWaiting / 4) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const cancel = this.#clock.after(waitMs, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        resolve(undefined)
      })
      const waiting: Waiting = {
        member,
        start: (release) => {
          cancel()
          resolve(release)
        },
      }
      this.#waiting.push(waiting)
    })
  }

  #mayStart(member: string): boolean {
    return this.#busy < this.#init.slots && this.#servedOf(member) < this.#init.perMember
  }

  #servedOf(member: string): number {
    return this.#served.get(member) ?? 0
  }

  #start(member: string): () => void {
    this.#busy++
    this.#served.set(member, this.#servedOf(member) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#busy--
      const left = this.#servedOf(member) - 1
      if (left > 0) this.#served.set(member, left)
      else this.#served.delete(member)
      this.#next()
    }
  }

  #next(): void {
    let chosen: Waiting | undefined
    for (const waiting of this.#waiting) {
      if (!this.#mayStart(waiting.member)) continue
      if (chosen === undefined || this.#servedOf(waiting.member) < this.#servedOf(chosen.member))
        chosen = waiting
    }
    if (chosen === undefined) return
    this.#waiting.splice(this.#waiting.indexOf(chosen), 1)
    chosen.start(this.#start(chosen.member))
  }
}
