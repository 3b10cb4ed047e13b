import type { AddressBook } from './address-book.ts'
import { backoffMs } from '../wire/backoff.ts'
import { REDIAL_MAX_MS, REDIAL_MIN_MS, REDIAL_YIELD_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import type { Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'

export interface RejoinInit {
  readonly self: string
  readonly book: AddressBook
  /** Addresses given by the operator; those without a peer id are dialled until they have answered once. */
  readonly bootstrap: readonly string[]
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: () => number
  isConnected(peer: string): boolean
  /** Resolves with the peer that answered. */
  dial(addresses: readonly string[]): Promise<string>
}

interface Target {
  attempts: number
  notBefore: number
}

/** Dials every known member that is not connected, for ever, each after its own doubling wait. */
export class Rejoin {
  readonly #init: RejoinInit
  readonly #targets = new Map<string, Target>()
  readonly #bootstrap: Set<string>
  readonly #dialling = new Map<string, Promise<void>>()
  #cancel: () => void = () => undefined

  constructor(init: RejoinInit) {
    this.#init = init
    this.#bootstrap = new Set(init.bootstrap)
  }

  /** Looks who is to be dialled now; to be called at start and when an address or a disconnect has become known. */
  wake(): void {
    this.#cancel()
    if (this.#init.signal.aborted) return
    const now = this.#init.clock.now()
    let next = Infinity
    for (const [key, addresses] of this.#wanted()) {
      const target = this.#target(key, now)
      if (this.#dialling.has(key)) continue
      if (target.notBefore <= now) this.#dial(key, addresses, target)
      else next = Math.min(next, target.notBefore)
    }
    if (next < Infinity) this.#cancel = this.#init.clock.after(next - now, () => this.wake())
  }

  addBootstrap(addresses: readonly string[]): void {
    for (const address of addresses) this.#bootstrap.add(address)
    this.wake()
  }

  /** The peer has let us in and answered: a later loss of it starts with the shortest wait. */
  proven(peer: string): void {
    this.#targets.delete(peer)
  }

  disconnected(peer: string): void {
    this.#postpone(this.#target(peer, this.#init.clock.now()))
    this.wake()
  }

  async stop(): Promise<void> {
    this.#cancel()
    await Promise.all(this.#dialling.values())
  }

  *#wanted(): Generator<[key: string, addresses: readonly string[]]> {
    const { book } = this.#init
    for (const peer of book.peers()) if (!this.#init.isConnected(peer)) yield [peer, book.addressesOf(peer)]
    for (const address of this.#bootstrap) yield [address, [address]]
  }

  #target(key: string, now: number): Target {
    const known = this.#targets.get(key)
    if (known !== undefined) return known
    const yields = !this.#bootstrap.has(key) && this.#init.self > key
    const target = { attempts: 0, notBefore: yields ? now + REDIAL_YIELD_MS : now }
    this.#targets.set(key, target)
    return target
  }

  #dial(key: string, addresses: readonly string[], target: Target): void {
    const dialling = this.#init
      .dial(addresses)
      .then((peer) => {
        this.#bootstrap.delete(key)
        this.#init.logger.debug({ peer }, 'dialled')
      })
      .catch((thrown: unknown) => {
        this.#init.logger.debug({ to: key, attempts: target.attempts, err: asError(thrown) }, 'dial failed')
      })
      .finally(() => {
        this.#postpone(target)
        this.#dialling.delete(key)
        this.wake()
      })
    this.#dialling.set(key, dialling)
  }

  #postpone(target: Target): void {
    const wait = backoffMs(target.attempts, REDIAL_MIN_MS, REDIAL_MAX_MS, () => this.#init.random())
    target.attempts++
    target.notBefore = this.#init.clock.now() + wait
  }
}
