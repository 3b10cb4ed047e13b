import {
  MAX_RECONCILIATIONS,
  RECONCILE_AGAIN_MS,
  RECONCILE_AVOID_MS,
  RECONCILE_FANOUT,
  RECONCILE_MAX_MS,
  RECONCILE_MIN_MS,
  RECONCILE_QUIET_MS,
} from '../constants.ts'
import { asError } from '../errors.ts'
import type { Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'
import { backoffMs } from '../wire/backoff.ts'
import { Limiter } from '../wire/limiter.ts'
import { sample } from '../wire/sample.ts'
import type { SyncOutcome } from './sync-client.ts'

export interface ReconcilerInit {
  readonly self: string
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly minMs?: number
  readonly maxMs?: number
  readonly random: () => number
  readonly clock: Clock
  connectedPeers(): readonly string[]
  /** One reconciliation; throws if it failed. */
  syncWith(peer: string): Promise<SyncOutcome>
  /** Every few seconds, whether or not peers are asked. */
  onTick(): Promise<void>
}

/**
 * When to reconcile with whom: with each peer on connecting, with one that knows more as its gossip shows, and in rounds with
 * a few at random. What one of them brings goes on in the next round, so that all have it after some log N rounds; while
 * nothing moves the rounds become rare, and the cost of a node does not grow with the number of its peers.
 */
export class Reconciler {
  readonly #init: ReconcilerInit
  readonly #minMs: number
  readonly #maxMs: number
  readonly #running = new Map<string, Promise<void>>()
  readonly #again = new Set<string>()
  /** Connected peers with which no reconciliation has succeeded since. */
  readonly #unmet = new Set<string>()
  readonly #startedAt = new Map<string, number>()
  /** Peers with which it failed last, and until when they are left alone: silent ones must not take the others' turns. */
  readonly #failed = new Map<string, { readonly attempts: number; readonly until: number }>()
  readonly #limiter = new Limiter(MAX_RECONCILIATIONS)
  #cancel: () => void = () => undefined
  #tick: Promise<void> | undefined
  #quietRounds = 0
  #nextRound = 0

  constructor(init: ReconcilerInit) {
    this.#init = init
    this.#minMs = init.minMs ?? RECONCILE_MIN_MS
    this.#maxMs = init.maxMs ?? RECONCILE_MAX_MS
  }

  start(): void {
    this.#cancel = this.#init.clock.after(this.#wait(), () => {
      this.#tick = this.#runTick()
    })
  }

  /** Of two that meet, the one with the smaller id begins, as one session brings both up to date. */
  connected(peer: string): void {
    this.#unmet.add(peer)
    if (this.#init.self < peer) this.#begin(peer)
    else this.stir() // the other one may be slow or silent
  }

  disconnected(peer: string): void {
    this.#unmet.delete(peer)
    this.#startedAt.delete(peer)
    this.#failed.delete(peer)
  }

  /** The other side has begun one. */
  met(peer: string): void {
    this.#unmet.delete(peer)
    this.#failed.delete(peer)
  }

  /** A peer knows something that this node lacks: soon, but not more often than every RECONCILE_AGAIN_MS. */
  ask(peer: string): void {
    const now = this.#init.clock.now()
    if (now - (this.#startedAt.get(peer) ?? -Infinity) >= RECONCILE_AGAIN_MS) this.#begin(peer)
    else this.stir()
  }

  /** Something has moved: the next round comes soon. */
  stir(): void {
    this.#quietRounds = 0
    this.#nextRound = 0
  }

  /** The signal must have been aborted. */
  async stop(): Promise<void> {
    this.#cancel()
    await this.#tick
    await Promise.all(this.#running.values())
  }

  #isStopping(): boolean {
    return this.#init.signal.aborted
  }

  #wait(): number {
    return this.#minMs + this.#init.random() * (this.#maxMs - this.#minMs)
  }

  async #runTick(): Promise<void> {
    try {
      await this.#init.onTick()
    } catch (thrown) {
      this.#init.logger.error({ err: asError(thrown) }, 'the store could not be read')
    }
    if (this.#isStopping()) return
    if (this.#init.clock.now() >= this.#nextRound) this.#runRound()
    this.start()
  }

  #runRound(): void {
    const quietMs = (this.#maxMs * RECONCILE_QUIET_MS) / RECONCILE_MAX_MS
    this.#nextRound = this.#init.clock.now() + Math.min(quietMs, this.#wait() * (2 ** this.#quietRounds - 1))
    this.#quietRounds = Math.min(this.#quietRounds + 1, 30)
    for (const peer of this.#choose()) this.#begin(peer)
  }

  /** Who has answered so far, whom this node has not met yet, and one of those that have failed. */
  #choose(): ReadonlySet<string> {
    const { clock, random } = this.#init
    const idle = this.#init.connectedPeers().filter((peer) => !this.#running.has(peer))
    const sound = idle.filter((peer) => !this.#failed.has(peer))
    const unmet = sound.filter((peer) => this.#unmet.has(peer))
    const due = idle.filter((peer) => (this.#failed.get(peer)?.until ?? Infinity) <= clock.now())
    return new Set([
      ...sample(unmet, MAX_RECONCILIATIONS - RECONCILE_FANOUT, random),
      ...sample(sound, RECONCILE_FANOUT, random),
      ...sample(due, 1, random),
    ])
  }

  /** At once; if one with this peer is under way, once more after it, as it may have missed what is new. */
  #begin(peer: string): void {
    if (this.#isStopping()) return
    if (this.#running.has(peer)) {
      this.#again.add(peer)
      return
    }
    this.#startedAt.set(peer, this.#init.clock.now())
    const running = this.#limiter
      .run(() => this.#attempt(peer))
      .finally(() => {
        this.#running.delete(peer)
        if (this.#again.delete(peer)) this.#begin(peer)
      })
    this.#running.set(peer, running)
  }

  async #attempt(peer: string): Promise<void> {
    if (this.#isStopping()) return
    try {
      const { received, given, isCut } = await this.#init.syncWith(peer)
      this.met(peer)
      if (received + given > 0) this.stir()
      if (isCut && received > 0) this.#again.add(peer)
    } catch (thrown) {
      if (this.#isStopping()) return
      this.#unmet.add(peer)
      const { attempts = 0 } = this.#failed.get(peer) ?? {}
      const wait = backoffMs(attempts, this.#minMs, RECONCILE_AVOID_MS, () => this.#init.random())
      this.#failed.set(peer, { attempts: attempts + 1, until: this.#init.clock.now() + wait })
      this.#init.logger.debug({ peer, err: asError(thrown) }, 'reconciliation failed; it is tried again')
    }
  }
}
