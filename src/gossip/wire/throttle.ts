import type { Clock } from './clock.ts'
import { pause } from './pause.ts'
import { TokenBucket } from './token-bucket.ts'

/** What may be spent at once after a rest, in seconds of the rate. */
const BURST_SECONDS = 0.25

/** Keeps a node's own use of the network under a rate, which may change. Without one nothing waits. */
export class Throttle {
  readonly #rateNow: () => number | undefined
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #perSecond: number | undefined
  #bucket: TokenBucket | undefined

  /** @param rateNow - bytes a second as of now; undefined is no limit */
  constructor(rateNow: () => number | undefined, clock: Clock, signal: AbortSignal) {
    this.#rateNow = rateNow
    this.#clock = clock
    this.#signal = signal
  }

  /** Resolves when `bytes` may pass; with the milliseconds that it took. Early when the signal aborts. */
  async pay(bytes: number): Promise<number> {
    this.#follow(this.#rateNow())
    const wait = this.#bucket?.spend(bytes) ?? 0
    if (wait > 0) await pause(this.#clock, wait, this.#signal)
    return wait
  }

  #follow(perSecond: number | undefined): void {
    if (perSecond === this.#perSecond) return
    this.#perSecond = perSecond
    const rate = perSecond === undefined ? undefined : { perSecond, burst: perSecond * BURST_SECONDS }
    this.#bucket = rate && new TokenBucket(rate, this.#clock)
  }
}
