import {
  MAX_STRANGER_BYTES,
  MAX_STRANGERS,
  MAX_STRANGERS_PER_ADDRESS,
  STRANGER_PROOF_MS,
  STRANGER_STAY_MS,
} from '../constants.ts'
import type { Clock } from '../wire/clock.ts'

/** What of a connection matters here; one of libp2p's has it. */
export interface StrangerConnection {
  readonly remoteAddr: { toString(): string }
  abort(error: Error): void
  addEventListener(type: 'close', listener: () => void): void
  addEventListener(
    type: 'message',
    listener: (event: { readonly data: { readonly byteLength: number } }) => void,
  ): void
}

interface Stranger {
  readonly peer: string
  readonly host: string
  readonly connection: StrangerConnection
  bytes: number
  cancel: () => void
}

/**
 * Connections of peers that are no members, let in to show a ticket: few at once, fewer from one address, with little time and few bytes.
 * Each is hung up when its time is over, whatever it does; what it may say meanwhile is decided stream by stream elsewhere.
 */
export class Strangers {
  readonly #clock: Clock
  readonly #present = new Set<Stranger>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get count(): number {
    return this.#present.size
  }

  /** Whether the connection may stay for now. */
  admit(peer: string, connection: StrangerConnection): boolean {
    const host = hostOf(connection)
    for (const earlier of this.#of(peer)) this.#hangUp(earlier, 'it has connected again')
    const fromHere = [...this.#present].filter((one) => one.host === host)
    if (this.#present.size >= MAX_STRANGERS || fromHere.length >= MAX_STRANGERS_PER_ADDRESS) return false
    this.#enter({ peer, host, connection, bytes: 0, cancel: () => undefined })
    return true
  }

  /** The peer has shown a ticket that holds: it gets the time to finish. */
  proven(peer: string): void {
    for (const one of this.#of(peer)) this.#hangUpAfter(one, STRANGER_STAY_MS)
  }

  hangUp(peer: string): void {
    for (const one of this.#of(peer)) this.#hangUp(one, 'it has its answer')
  }

  #of(peer: string): Stranger[] {
    return [...this.#present].filter((one) => one.peer === peer)
  }

  #enter(stranger: Stranger): void {
    const { connection } = stranger
    this.#present.add(stranger)
    this.#hangUpAfter(stranger, STRANGER_PROOF_MS)
    connection.addEventListener('close', () => {
      stranger.cancel()
      this.#present.delete(stranger)
    })
    connection.addEventListener('message', ({ data }) => {
      stranger.bytes += data.byteLength
      if (stranger.bytes > MAX_STRANGER_BYTES) this.#hangUp(stranger, 'it has sent too much')
    })
  }

  #hangUpAfter(stranger: Stranger, ms: number): void {
    stranger.cancel()
    stranger.cancel = this.#clock.after(ms, () => this.#hangUp(stranger, 'its time is over'))
  }

  #hangUp(stranger: Stranger, why: string): void {
    stranger.cancel()
    this.#present.delete(stranger)
    stranger.connection.abort(new Error(`stranger: ${why}`))
  }
}

/** `/ip4/192.0.2.1` of `/ip4/192.0.2.1/tcp/40000`: ports are free to choose, addresses less so. */
function hostOf({ remoteAddr }: StrangerConnection): string {
  return remoteAddr.toString().split('/').slice(0, 3).join('/')
}
