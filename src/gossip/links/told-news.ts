import { TELL_AGAIN_MS } from '../constants.ts'
import type { Clock } from '../wire/clock.ts'

interface Told {
  readonly upTo: number
  /** When all of it is told again; undefined while there was more than one greeting holds. */
  readonly until: number | undefined
}

/**
 * Up to which change of the address book each peer has been told. That lasts for TELL_AGAIN_MS only: a greeting may be lost on
 * its way, and who is told of a peer that it does not know to be a member yet forgets it.
 */
export class ToldNews {
  readonly #clock: Pick<Clock, 'now'>
  readonly #told = new Map<string, Told>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** 0 where everything is to be told. */
  upTo(listener: string): number {
    const { upTo = 0, until = Infinity } = this.#told.get(listener) ?? {}
    return this.#clock.now() < until ? upTo : 0
  }

  /** The greeting has gone out; `isAll` where nothing is left to tell. */
  note(listener: string, upTo: number, isAll: boolean): void {
    const known = this.upTo(listener) > 0 ? this.#told.get(listener) : undefined
    const until = known?.until ?? (isAll ? this.#clock.now() + TELL_AGAIN_MS : undefined)
    this.#told.set(listener, { upTo: Math.max(upTo, known?.upTo ?? 0), until })
  }

  forget(listener: string): void {
    this.#told.delete(listener)
  }
}
