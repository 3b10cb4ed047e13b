import type { Protocol } from '../../src/gossip/host/peer-host.ts'
import type { ProcessClock } from './process-clock.ts'
import { SimFrames } from './sim-frames.ts'
import type { SimWorld } from './sim-world.ts'

/** One end of a connection, as the host there sees it. */
export interface ConnectionEnd {
  readonly peer: string
  readonly address: string
  readonly process: ProcessClock
  /** How slowly this end takes in what arrives; milliseconds per event. */
  readonly lagMs: number
  serve(protocol: Protocol, frames: SimFrames, peer: string): void
  onGossip(message: Uint8Array, signer: string, bearer: string): void
  onClosed(connection: SimConnection): void
  tamper(protocol: string, frame: Uint8Array): readonly Uint8Array[]
}

/**
 * A connection between two processes. Bytes of one stream keep their order, streams overtake each other. When the link is
 * silent, what is under way waits; when the connection breaks, it is gone, and each end finds out in its own time.
 */
export class SimConnection {
  readonly dialler: ConnectionEnd
  readonly listener: ConnectionEnd
  readonly #world: SimWorld
  readonly #open = new Set<ConnectionEnd>()
  readonly #streams = new Set<SimFrames>()
  #waiting: (() => void)[] = []
  /** Nothing of the dialler's is there before the connection itself. */
  #readyAt = 0

  constructor(world: SimWorld, dialler: ConnectionEnd, listener: ConnectionEnd) {
    this.#world = world
    this.dialler = dialler
    this.listener = listener
    this.#open.add(dialler).add(listener)
  }

  other(end: ConnectionEnd): ConnectionEnd {
    return end === this.dialler ? this.listener : this.dialler
  }

  isOpenAt(end: ConnectionEnd): boolean {
    return this.#open.has(end)
  }

  /** The dialler has what it needs; the listener hears of it and says whether it wants the connection. */
  establish(hear: () => void): void {
    this.#readyAt = this.send(this.dialler, 200, 0, hear)
  }

  /** Lets `arrive` happen at the other end, not before `notBefore`. Returns the time of arrival. */
  send(from: ConnectionEnd, bytes: number, notBefore: number, arrive: () => void): number {
    const { scheduler } = this.#world
    const to = this.other(from)
    const ready = from === this.dialler ? this.#readyAt : 0
    const at = Math.max(
      ready,
      notBefore,
      scheduler.now + this.#world.delay(from.peer, to.peer, bytes) + to.lagMs,
    )
    const land = (): void => {
      if (!this.#open.has(to) || !this.#open.has(from)) return
      if (this.#world.isSilent(from.peer, to.peer)) this.#waiting.push(land)
      else arrive()
    }
    to.process.afterTrue(at - scheduler.now, land)
    return at
  }

  openStream(from: ConnectionEnd, protocol: Protocol, signals: { from: AbortSignal }): SimFrames {
    const to = this.other(from)
    const [near, far] = SimFrames.pair(this, from, to, protocol, signals.from)
    this.#streams.add(near).add(far)
    this.send(from, 60, 0, () => to.serve(protocol, far, from.peer))
    return near
  }

  forget(frames: SimFrames): void {
    this.#streams.delete(frames)
  }

  /** The link speaks again: what waited arrives now, and an end that was left alone learns of it. */
  flush(): void {
    if (this.#open.size === 1) for (const end of this.#open) this.close(end, 'reset by peer')
    const waiting = this.#waiting
    this.#waiting = []
    for (const land of waiting) land()
  }

  /** One end closes, or finds out; the other is told if anything can reach it. */
  close(end: ConnectionEnd, cause: string): void {
    if (!this.#open.delete(end)) return
    const to = this.other(end)
    if (this.#open.has(to) && !this.#world.isSilent(end.peer, to.peer)) {
      to.process.afterTrue(this.#world.delay(end.peer, to.peer, 0), () => this.close(to, cause))
    }
    for (const frames of [...this.#streams]) if (frames.isAt(end)) frames.reset(new Error(cause))
    end.onClosed(this)
    if (this.#open.size === 0) this.#world.forget(this)
  }
}
