import {
  HOLDER_BACKOFF_MAX_MS,
  HOLDER_BACKOFF_MIN_MS,
  LIAR_BLOCK_MS,
  MAX_RATED_PEERS,
  MAX_STRIKES,
  STRIKE_HALF_LIFE_MS,
  STRIKE_SCORE,
} from '../constants.ts'
import { BoundedMap } from '../wire/bounded-map.ts'
import type { Clock } from '../wire/clock.ts'

interface Conduct {
  /** Failures in a row that an honest peer may have: slow, gone, busy. */
  failures: number
  /** Wrong bytes, broken protocols: what no honest peer does. As of `struckAt`; they halve with time. */
  strikes: number
  struckAt: number
  avoidUntil: number
  /** Bytes a second of its last chunks, newer ones counting more; 0 while nothing is known. */
  speed: number
}

/** How much of a holder's speed is that of its last chunk. */
const SPEED_SHARE = 0.3

/** How peers have behaved as servers, and thus whom to ask. Forgotten at restart. */
export class HolderBook {
  readonly #clock: Pick<Clock, 'now'>
  readonly #conduct = new BoundedMap<string, Conduct>(MAX_RATED_PEERS)

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
    const backoff = Math.min(
      HOLDER_BACKOFF_MAX_MS,
      HOLDER_BACKOFF_MIN_MS * 2 ** Math.min(conduct.failures, 30),
    )
    conduct.failures++
    this.#avoid(conduct, backoff)
  }

  /** The peer is avoided for longer with each strike, but never for ever: a site whose program was mended comes back. */
  struck(peer: string): void {
    const conduct = this.#of(peer)
    conduct.strikes = Math.min(MAX_STRIKES, this.#strikesOf(conduct) + 1)
    conduct.struckAt = this.#clock.now()
    this.#avoid(conduct, LIAR_BLOCK_MS * conduct.strikes)
  }

  /** For gossipsub: 0, or below it for what is left of the strikes of a peer that is avoided. */
  scoreOf(peer: string): number {
    const conduct = this.#conduct.get(peer)
    if (conduct === undefined || conduct.strikes === 0 || !this.isAvoided(peer)) return 0
    return STRIKE_SCORE * this.#strikesOf(conduct)
  }

  #strikesOf({ strikes, struckAt }: Conduct): number {
    return strikes * 2 ** (-(this.#clock.now() - struckAt) / STRIKE_HALF_LIFE_MS)
  }

  #of(peer: string): Conduct {
    const known = this.#conduct.get(peer)
    if (known !== undefined) return known
    const conduct = { failures: 0, strikes: 0, struckAt: 0, avoidUntil: 0, speed: 0 }
    this.#conduct.set(peer, conduct)
    return conduct
  }

  #avoid(conduct: Conduct, ms: number): void {
    conduct.avoidUntil = Math.max(conduct.avoidUntil, this.#clock.now() + ms)
  }
}
