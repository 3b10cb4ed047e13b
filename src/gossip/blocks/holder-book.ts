import { HOLDER_BACKOFF_MAX_MS, HOLDER_BACKOFF_MIN_MS, LIAR_BLOCK_MS, STRIKE_SCORE } from '../constants.ts'
import type { Clock } from '../wire/clock.ts'

interface Conduct {
  /** Failures in a row that an honest peer may have: slow, gone, busy. */
  failures: number
  /** Wrong bytes, broken protocols: what no honest peer does. */
  strikes: number
  avoidUntil: number
  /** Bytes a second of its last chunks, newer ones counting more; 0 while nothing is known. */
  speed: number
}

/** How much of a holder's speed is that of its last chunk. */
const SPEED_SHARE = 0.3

/** How peers have behaved as servers, and thus whom to ask. Forgotten at restart. */
export class HolderBook {
  readonly #clock: Pick<Clock, 'now'>
  readonly #conduct = new Map<string, Conduct>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  isAvoided(peer: string): boolean {
    return this.#clock.now() < (this.#conduct.get(peer)?.avoidUntil ?? 0)
  }

  succeeded(peer: string): void {
    const conduct = this.#conduct.get(peer)
    if (conduct !== undefined) conduct.failures = 0
  }

  /** `bytes` came in `ms`. */
  served(peer: string, bytes: number, ms: number): void {
    this.succeeded(peer)
    const conduct = this.#of(peer)
    const speed = bytes / Math.max(0.001, ms / 1000)
    conduct.speed = conduct.speed === 0 ? speed : conduct.speed + SPEED_SHARE * (speed - conduct.speed)
  }

  /** Bytes a second; 0 while nothing is known. */
  speedOf(peer: string): number {
    return this.#conduct.get(peer)?.speed ?? 0
  }

  failed(peer: string): void {
    const conduct = this.#of(peer)
    const backoff = Math.min(HOLDER_BACKOFF_MAX_MS, HOLDER_BACKOFF_MIN_MS * 2 ** conduct.failures)
    conduct.failures++
    this.#avoid(conduct, backoff)
  }

  struck(peer: string): void {
    const conduct = this.#of(peer)
    conduct.strikes++
    this.#avoid(conduct, LIAR_BLOCK_MS * conduct.strikes)
  }

  /** For gossipsub: 0, or below it while the strikes of a peer are remembered. */
  scoreOf(peer: string): number {
    const conduct = this.#conduct.get(peer)
    if (conduct === undefined || conduct.strikes === 0 || !this.isAvoided(peer)) return 0
    return STRIKE_SCORE * conduct.strikes
  }

  #of(peer: string): Conduct {
    const known = this.#conduct.get(peer)
    if (known !== undefined) return known
    const conduct = { failures: 0, strikes: 0, avoidUntil: 0, speed: 0 }
    this.#conduct.set(peer, conduct)
    return conduct
  }

  #avoid(conduct: Conduct, ms: number): void {
    conduct.avoidUntil = Math.max(conduct.avoidUntil, this.#clock.now() + ms)
  }
}
