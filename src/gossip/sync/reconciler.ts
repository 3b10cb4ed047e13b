import { RECONCILE_MAX_MS, RECONCILE_MIN_MS, MAX_RECONCILIATIONS } from '../constants.ts'
import { asError } from '../errors.ts'
import { Limiter } from '../wire/limiter.ts'
import type { Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'

export interface ReconcilerInit {
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly minMs?: number
  readonly maxMs?: number
  readonly random: () => number
  readonly clock: Clock
  connectedPeers(): readonly string[]
  /** One reconciliation; throws if it failed. */
  reconcileWith(peer: string, reciprocal: boolean): Promise<void>
  /** Once per round, before the peers are asked. */
  beforeRound(): Promise<void>
}

/** When to reconcile with whom: with each peer on connecting, on its wish, and with all of them again and again. */
export class Reconciler {
  readonly #init: ReconcilerInit
  readonly #running = new Map<string, Promise<void>>()
  readonly #again = new Set<string>()
  readonly #limiter = new Limiter(MAX_RECONCILIATIONS)
  #cancel: () => void = () => undefined
  #round: Promise<void> | undefined

  constructor(init: ReconcilerInit) {
    this.#init = init
  }

  start(): void {
    const { minMs = RECONCILE_MIN_MS, maxMs = RECONCILE_MAX_MS } = this.#init
    const wait = minMs + this.#init.random() * (maxMs - minMs)
    this.#cancel = this.#init.clock.after(wait, () => {
      this.#round = this.#runRound()
    })
  }

  /** At once; if one with this peer is under way, once more after it, as it may have missed what is new. */
  now(peer: string, reciprocal = false): void {
    if (this.#isStopping()) return
    if (this.#running.has(peer)) {
      this.#again.add(peer)
      return
    }
    const running = this.#limiter
      .run(() => this.#attempt(peer, reciprocal))
      .finally(() => {
        this.#running.delete(peer)
        if (this.#again.delete(peer)) this.now(peer, true)
      })
    this.#running.set(peer, running)
  }

  /** The signal must have been aborted. */
  async stop(): Promise<void> {
    this.#cancel()
    await this.#round
    await Promise.all(this.#running.values())
  }

  #isStopping(): boolean {
    return this.#init.signal.aborted
  }

  async #runRound(): Promise<void> {
    try {
      await this.#init.beforeRound()
    } catch (thrown) {
      this.#init.logger.error({ err: asError(thrown) }, 'the store could not be read')
    }
    if (this.#isStopping()) return
    for (const peer of this.#init.connectedPeers()) if (!this.#running.has(peer)) this.now(peer)
    this.start()
  }

  async #attempt(peer: string, reciprocal: boolean): Promise<void> {
    if (this.#isStopping()) return
    try {
      await this.#init.reconcileWith(peer, reciprocal)
    } catch (thrown) {
      if (!this.#isStopping()) {
        this.#init.logger.debug({ peer, err: asError(thrown) }, 'reconciliation failed; it is tried again')
      }
    }
  }
}
