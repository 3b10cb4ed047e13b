import { BoundedMap } from './bounded-map.ts'
import type { Clock } from './clock.ts'

export interface Rate {
  /** Tokens that come back each second; more than 0. */
  readonly perSecond: number
  /** Tokens that may be spent at once after a rest; what comes back beyond it is lost. */
  readonly burst: number
}

/** A rate with a burst, on a clock that is handed in. Starts full. */
export class TokenBucket {
  readonly #rate: Rate
  readonly #clock: Pick<Clock, 'now'>
  #tokens: number
  #at: number

  constructor(rate: Rate, clock: Pick<Clock, 'now'>) {
    this.#rate = rate
    this.#clock = clock
    this.#tokens = rate.burst
    this.#at = clock.now()
  }

  /** For limits on others: takes all of `count` or nothing, and returns whether it did. */
  take(count = 1): boolean {
    this.#refill()
    if (this.#tokens < count) return false
    this.#tokens -= count
    return true
  }

  /**
   * For limits on oneself: takes `count`, which may exceed the burst, and goes into debt for what is not there. Returns the
   * milliseconds to wait until the debt is paid.
   */
  spend(count: number): number {
    this.#refill()
    this.#tokens -= count
    return Math.max(0, (-this.#tokens / this.#rate.perSecond) * 1000)
  }

  #refill(): void {
    const now = this.#clock.now()
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#rate.perSecond
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + earned)
    this.#at = now
  }
}

/** One bucket for each key, e.g. for each member. Of more than `capacity` keys the one longest unused starts anew. */
export class TokenBuckets {
  readonly #rate: Rate
  readonly #clock: Pick<Clock, 'now'>
  readonly #buckets: BoundedMap<string, TokenBucket>

  constructor(rate: Rate, clock: Pick<Clock, 'now'>, capacity: number) {
    this.#rate = rate
    this.#clock = clock
    this.#buckets = new BoundedMap(capacity)
  }

  take(key: string, count = 1): boolean {
    return this.of(key).take(count)
  }

  of(key: string): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate, this.#clock)
    this.#buckets.set(key, bucket)
    return bucket
  }
}
