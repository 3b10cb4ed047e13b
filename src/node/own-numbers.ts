import { setTimeout as sleep } from 'node:timers/promises'
import type { Network } from '../gossip/index.ts'
import { MAX_SEQUENCE } from '../merge/index.ts'
import type { NodeStore } from './types.ts'

/** Random numbers are left out up to here: a node may start 8,000 times before it runs out, and hits a used one of 50 once in 20,000 starts. */
const MAX_STEP = 2 ** 20
const LOOK_MS = 100

export interface OwnNumbersInit {
  readonly self: string
  readonly store: Pick<NodeStore, 'nextSequence'>
  readonly network: Pick<Network, 'toldNumbers'>
  /** Peer ids of all members. */
  readonly members: () => readonly string[]
  /** Until when, on `now`, members that have not spoken yet are waited for. */
  readonly deadline: number
  readonly now: () => number
  /** What an earlier run of this process had `settled`: then nobody is asked again. */
  readonly settled?: number | undefined
  /** From 0 to 1. */
  readonly random: () => number
  /** Told when numbers have been left out, and who had not spoken. */
  readonly onStep: (from: number, to: number, silent: readonly string[]) => void
}

/**
 * Sequence numbers that this node has never signed, even if its home is an old copy of itself: before the first one after a start it asks
 * all other members for the highest that they have seen. If not all of them answer, those who do not may have seen more; then it leaves
 * out a random count of numbers, since signing one twice would look like lying.
 */
export class OwnNumbers {
  readonly #init: OwnNumbersInit
  #atLeast: number | undefined

  constructor(init: OwnNumbersInit) {
    this.#init = init
    this.#atLeast = init.settled
  }

  /** The lowest number that may come next; undefined as long as the others have not been asked. */
  get settled(): number | undefined {
    return this.#atLeast === undefined ? undefined : Math.max(this.#atLeast, this.#lowest())
  }

  /** The number of the next contribution; the same until the store holds one with it. */
  async next(signal: AbortSignal): Promise<number> {
    if (this.#atLeast === undefined) {
      while (this.#silent().length > 0 && this.#init.now() < this.#init.deadline) {
        await sleep(LOOK_MS, undefined, { signal })
      }
      this.#atLeast = this.#firstNumber()
    }
    return Math.max(this.#atLeast, this.#lowest())
  }

  #firstNumber(): number {
    const lowest = this.#lowest()
    const silent = this.#silent()
    if (silent.length === 0) return lowest
    const number = lowest + Math.floor(this.#init.random() * MAX_STEP)
    if (number > MAX_SEQUENCE) return lowest
    this.#init.onStep(lowest, number, silent)
    return number
  }

  /** One more than anybody has seen. */
  #lowest(): number {
    const { store, network, self } = this.#init
    return Math.max(store.nextSequence(self), 1 + Math.max(0, ...network.toldNumbers().values()))
  }

  #silent(): string[] {
    const told = this.#init.network.toldNumbers()
    return this.#init.members().filter((peer) => peer !== this.#init.self && !told.has(peer))
  }
}
