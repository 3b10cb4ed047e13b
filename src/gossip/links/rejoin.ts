import type { AddressBook } from './address-book.ts'
import { backoffMs } from '../wire/backoff.ts'
import {
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  REDIAL_YIELD_MS,
  UPGRADE_MAX_MS,
  UPGRADE_MIN_MS,
} from '../constants.ts'
import { asError } from '../errors.ts'
import { byPath, type Path } from '../host/paths.ts'
import { sample } from '../wire/sample.ts'
import { dialRoom } from './degree.ts'
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
  /** How the peer is connected; undefined if it is not. */
  pathTo(peer: string): Path | undefined
  connectedPeers(): readonly string[]
  /** Resolves with the peer that answered. */
  dial(addresses: readonly string[]): Promise<string>
}

interface Target {
  attempts: number
  notBefore: number
}

interface Waits {
  readonly min: number
  readonly max: number
}

const REDIAL: Waits = { min: REDIAL_MIN_MS, max: REDIAL_MAX_MS }
const UPGRADE: Waits = { min: UPGRADE_MIN_MS, max: UPGRADE_MAX_MS }

interface Wanted {
  /** What the waits between attempts are counted by. */
  readonly key: string
  readonly addresses: readonly string[]
  readonly waits: Waits
}

interface Candidate extends Wanted {
  readonly target: Target
}

/**
 * Dials known members that are not connected, for ever, each after its own doubling wait: all of them in a consortium of
 * the usual size; beyond it, members at random until there are TARGET_CONNECTIONS (degree.ts).
 */
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
    const { ready, next } = this.#candidates(now)
    for (const { target, ...wanted } of ready) this.#dial(wanted, target)
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
    this.#targets.delete(directly(peer))
    this.#postpone(this.#target(peer, this.#init.clock.now()))
    this.wake()
  }

  async stop(): Promise<void> {
    this.#cancel()
    await Promise.all(this.#dialling.values())
  }

  /** Who is to be dialled now, and when to look again. */
  #candidates(now: number): { readonly ready: readonly Candidate[]; readonly next: number } {
    const candidates = [...this.#wanted()]
      .map((wanted) => ({ ...wanted, target: this.#target(wanted.key, now) }))
      .filter(({ key }) => !this.#dialling.has(key))
    const isReady = ({ target }: Candidate): boolean => target.notBefore <= now
    const isMember = ({ key, waits }: Candidate): boolean => waits === REDIAL && !this.#bootstrap.has(key)
    const [ready, later] = [candidates.filter(isReady), candidates.filter((one) => !isReady(one))]
    const room = this.#room()
    const members = ready.filter(isMember)
    const chosen = members.length <= room ? members : sample(members, room, this.#init.random)
    const waiting = chosen.length < room ? later : later.filter((one) => !isMember(one))
    return {
      ready: [...ready.filter((one) => !isMember(one)), ...chosen],
      next: Math.min(Infinity, ...waiting.map(({ target }) => target.notBefore)),
    }
  }

  /** For how many more members there is room. */
  #room(): number {
    const { book } = this.#init
    const connected = this.#init.connectedPeers()
    const known = new Set([...book.peers(), ...connected]).size
    return dialRoom(known, connected.length, this.#dialling.size)
  }

  /** Who is not connected; and who is only through a relay, by the direct addresses that may replace it. */
  *#wanted(): Generator<Wanted> {
    const { book, self } = this.#init
    for (const [peer, addresses] of book.targets()) {
      const path = this.#init.pathTo(peer)
      const { direct } = byPath(addresses, self)
      if (path === undefined) yield { key: peer, addresses, waits: REDIAL }
      else if (path === 'relayed' && direct.length > 0) {
        yield { key: directly(peer), addresses: direct, waits: UPGRADE }
      }
    }
    for (const address of this.#bootstrap) yield { key: address, addresses: [address], waits: REDIAL }
  }

  #target(key: string, now: number): Target {
    const known = this.#targets.get(key)
    if (known !== undefined) return known
    const yields = !this.#bootstrap.has(key) && this.#init.self > key
    const target = { attempts: 0, notBefore: yields ? now + REDIAL_YIELD_MS : now }
    this.#targets.set(key, target)
    return target
  }

  #dial({ key, addresses, waits }: Wanted, target: Target): void {
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
        this.#postpone(target, waits)
        this.#dialling.delete(key)
        this.wake()
      })
    this.#dialling.set(key, dialling)
  }

  #postpone(target: Target, { min, max }: Waits = REDIAL): void {
    const wait = backoffMs(target.attempts, min, max, () => this.#init.random())
    target.attempts++
    target.notBefore = this.#init.clock.now() + wait
  }
}

function directly(peer: string): string {
  return `${peer} directly`
}
