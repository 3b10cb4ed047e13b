import { ROUND_ASK_AGAIN_MS, ROUND_ASK_MIN_MS, ROUND_ASK_MS, ROUND_AVOID_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import type { Logger } from '../types.ts'
import { backoffMs } from '../wire/backoff.ts'
import type { Clock } from '../wire/clock.ts'

export interface RoundAskerInit {
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
  readonly logger: Logger
  connectedPeers(): readonly string[]
  /** Asks for what is missing and takes it; resolves with whether there is more. */
  ask(peer: string): Promise<boolean>
}

/** When to ask whom for what this node lacks of the rounds: who connects, who shows that it knows more, and another one every few seconds. */
export class RoundAsker {
  readonly #init: RoundAskerInit
  readonly #running = new Map<string, Promise<void>>()
  readonly #again = new Set<string>()
  readonly #askedAt = new Map<string, number>()
  /** Peers that did not answer last, and until when they are left alone. */
  readonly #failed = new Map<string, { readonly attempts: number; readonly until: number }>()
  #cancel: () => void = () => undefined
  #waitMs = ROUND_ASK_MIN_MS

  constructor(init: RoundAskerInit) {
    this.#init = init
  }

  start(): void {
    const { clock, random } = this.#init
    this.#cancel()
    const waitMs = this.#waitMs
    this.#waitMs = Math.min(ROUND_ASK_MS, 2 * waitMs)
    this.#cancel = clock.after(waitMs * (0.75 + random() / 2), () => {
      const next = this.#next()
      if (next !== undefined) this.#begin(next)
      if (!this.#init.signal.aborted) this.start()
    })
  }

  connected(peer: string): void {
    this.#failed.delete(peer)
    this.#begin(peer)
    this.#waitMs = ROUND_ASK_MIN_MS
    if (!this.#init.signal.aborted) this.start()
  }

  disconnected(peer: string): void {
    this.#failed.delete(peer)
    this.#askedAt.delete(peer)
  }

  /** This peer knows more than this node. */
  behind(peer: string): void {
    const { clock } = this.#init
    const wait = (this.#askedAt.get(peer) ?? -Infinity) + ROUND_ASK_AGAIN_MS - clock.now()
    if (wait <= 0) this.#begin(peer)
    else if (!this.#again.has(peer)) {
      this.#again.add(peer)
      clock.after(wait, () => {
        if (this.#again.delete(peer)) this.#begin(peer)
      })
    }
  }

  /** The signal must have been aborted. */
  async stop(): Promise<void> {
    this.#cancel()
    await Promise.all(this.#running.values())
  }

  /** Of those who answer, the one that was asked longest ago. */
  #next(): string | undefined {
    const now = this.#init.clock.now()
    const isDue = (peer: string): boolean => (this.#failed.get(peer)?.until ?? now) <= now
    const due = this.#init.connectedPeers().filter((peer) => !this.#running.has(peer) && isDue(peer))
    const [first, ...others] = due
    if (first === undefined) return undefined
    const askedAt = (peer: string): number => this.#askedAt.get(peer) ?? -Infinity
    return others.reduce((a, b) => (askedAt(b) < askedAt(a) ? b : a), first)
  }

  #begin(peer: string): void {
    const { clock, signal } = this.#init
    if (signal.aborted || this.#running.has(peer)) return
    this.#askedAt.set(peer, clock.now())
    const running = this.#attempt(peer).finally(() => this.#running.delete(peer))
    this.#running.set(peer, running)
  }

  async #attempt(peer: string): Promise<void> {
    const { clock, random, signal, logger } = this.#init
    try {
      while (await this.#init.ask(peer));
      this.#failed.delete(peer)
    } catch (thrown) {
      if (signal.aborted) return
      const { attempts = 0 } = this.#failed.get(peer) ?? {}
      const wait = backoffMs(attempts, ROUND_ASK_MS, ROUND_AVOID_MS, random)
      this.#failed.set(peer, { attempts: attempts + 1, until: clock.now() + wait })
      logger.debug(
        { peer, err: asError(thrown) },
        'a peer did not tell what it knows of the round; another is asked',
      )
    }
  }
}
