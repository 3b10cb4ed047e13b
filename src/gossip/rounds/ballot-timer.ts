import { BALLOT_MAX_MS, BALLOT_MIN_MS } from '../constants.ts'
import type { RoundBook } from './round-book.ts'
import type { RoundEngineInit } from './round-types.ts'
import { majority } from './synod.ts'

const DEFAULT_MS = { min: BALLOT_MIN_MS, max: BALLOT_MAX_MS }

type TimerInit = Pick<RoundEngineInit, 'clock' | 'random' | 'source' | 'isConnected' | 'ballotMs'>

/**
 * When to try a later ballot. The clock starts once more than half of those who vote, and are members still, have contributed or passed; for those who are connected and still at work it runs
 * as long again as the round has taken until then, so that no number has to be set for fast or slow sites. It starts anew with every ballot
 * seen, twice as long, with chance in it, so that two proposers do not disturb each other for ever. While nothing is to follow the round it does not run.
 */
export class BallotTimer {
  readonly #init: TimerInit
  readonly #onDue: () => void
  #began: number
  #cancel: (() => void) | undefined
  #waitsFor = ''
  /** Nothing is to follow; how long that takes says nothing about the sites. */
  #isIdle = false

  constructor(init: TimerInit, onDue: () => void) {
    this.#init = init
    this.#onDue = onDue
    this.#began = init.clock.now()
  }

  /** A new round. */
  reset(): void {
    this.stop()
    this.#isIdle = false
    this.#began = this.#init.clock.now()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#waitsFor = ''
  }

  /** Looks at the round anew; a wait that is still for the same goes on. */
  watch(book: RoundBook, isAcceptor: boolean): void {
    const { acceptors, round } = book.start
    const { source, isConnected } = this.#init
    if (source.agenda(book.start) === null) return this.#idle()
    if (this.#isIdle) this.reset()
    const [held, passed, members] = [source.held(round), book.passed(), source.members()]
    const expected = acceptors.filter(({ peer }) => members.includes(peer))
    const missing = expected.filter(({ peer }) => !held.has(peer) && !passed.has(peer))
    const isEnough = expected.length === 0 || expected.length - missing.length >= majority(expected.length)
    if (!isAcceptor || !isEnough) return this.stop()
    const ballot = book.highest()?.number ?? 0
    const isWorthIt = missing.some(({ peer }) => isConnected(peer))
    const waitsFor = JSON.stringify([book.highest(), isWorthIt, missing.length === 0])
    if (waitsFor === this.#waitsFor) return
    this.stop()
    this.#waitsFor = waitsFor
    this.#cancel = this.#init.clock.after(this.#waitMs(ballot, isWorthIt), () => {
      this.#waitsFor = ''
      this.#onDue()
    })
  }

  #idle(): void {
    this.stop()
    this.#isIdle = true
  }

  #waitMs(ballot: number, isWorthIt: boolean): number {
    const { clock, random, ballotMs = DEFAULT_MS } = this.#init
    const patience = isWorthIt && ballot === 0 ? clock.now() - this.#began : 0
    return patience + Math.min(ballotMs.max, ballotMs.min * 2 ** ballot) * (1 + random())
  }
}
