import type { ProcessClock } from './process-clock.ts'
import type { Scheduler } from './scheduler.ts'
import { SimConnection, type ConnectionEnd } from './sim-connection.ts'

/** A process that listens, by where it can be dialled. */
export interface Listener extends ConnectionEnd {
  accepts(peer: string): boolean
  onOpened(connection: SimConnection): void
  onIdentified(peer: string, addresses: readonly string[]): void
}

/** A ping goes unanswered for this long before a silent connection is given up. */
const SILENCE_NOTICED_MS = { min: 10_000, max: 25_000 }

/** The network between processes: who listens where, which links are cut or silent, how long bytes are under way. */
export class SimWorld {
  readonly scheduler: Scheduler
  /** Milliseconds, one way, at the fastest. */
  latencyMs = 5
  /** Times the latency, at the slowest; how much streams overtake each other. */
  jitter = 3
  bytesPerMs = 20_000
  /** Share of gossip messages that get lost on a link. */
  gossipLoss = 0
  readonly #listeners = new Map<string, Listener>()
  readonly #connections = new Set<SimConnection>()
  readonly #cut = new Set<string>()
  readonly #silent = new Set<string>()

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
  }

  /** Where `port` of `site` is reached from elsewhere. */
  addressOf(site: number, port: number): string {
    return `/ip4/10.0.${site >> 8}.${site & 255}/tcp/${port}`
  }

  listen(address: string, listener: Listener): void {
    this.#listeners.set(address, listener)
  }

  unlisten(listener: Listener): void {
    for (const [address, there] of this.#listeners) if (there === listener) this.#listeners.delete(address)
  }

  /** Time under way of `bytes` from one to the other. */
  delay(from: string, to: string, bytes: number): number {
    const spread = this.latencyMs * (1 + this.scheduler.random() * (this.jitter - 1))
    return (from === to ? 0 : spread) + bytes / this.bytesPerMs
  }

  /** The process listening there, if anything gets through to it. */
  reach(from: string, address: string): Listener | 'refused' | 'silent' {
    const listener = this.#listeners.get(address)
    if (listener === undefined || this.#cut.has(link(from, listener.peer))) return 'refused'
    const isMute = this.isSilent(from, listener.peer) || listener.process.isFrozen // a handshake needs an answer
    return isMute ? 'silent' : listener
  }

  connect(dialler: ConnectionEnd, listener: Listener): SimConnection {
    const connection = new SimConnection(this, dialler, listener)
    this.#connections.add(connection)
    return connection
  }

  forget(connection: SimConnection): void {
    this.#connections.delete(connection)
  }

  isSilent(a: string, b: string): boolean {
    return this.#silent.has(link(a, b))
  }

  /** Breaks what is connected; nothing new gets through until `heal`. */
  cut(a: string, b: string): void {
    this.#cut.add(link(a, b))
    this.breakLink(a, b)
  }

  /** Everything between the two waits; whoever waits too long gives the connection up. */
  silence(a: string, b: string): void {
    this.#silent.add(link(a, b))
    for (const connection of this.#between(a, b)) {
      for (const end of [connection.dialler, connection.listener]) this.#giveUp(connection, end)
    }
  }

  heal(a: string, b: string): void {
    this.#cut.delete(link(a, b))
    if (!this.#silent.delete(link(a, b))) return
    for (const connection of this.#between(a, b)) connection.flush()
  }

  /** Connections end in the middle of whatever is under way; the next dial works. */
  breakLink(a: string, b: string): void {
    for (const connection of this.#between(a, b)) connection.close(connection.dialler, 'link lost')
  }

  /** A process does not answer: whoever waits too long gives up on it. */
  frozen(process: ProcessClock): void {
    for (const connection of this.#connections) {
      const { dialler, listener } = connection
      const end = dialler.process === process ? listener : dialler
      if (end.process !== process && connection.other(end).process === process) {
        this.#giveUpLater(connection, end, () => process.isFrozen)
      }
    }
  }

  /** A process has died: the other ends are told at once, or, if its machine died too, find out by silence. */
  died(process: ProcessClock, isSilent: boolean): void {
    for (const listener of this.#listeners.values()) if (listener.process === process) this.unlisten(listener)
    for (const connection of [...this.#connections]) {
      const { dialler, listener } = connection
      if (dialler.process !== process && listener.process !== process) continue
      const end = dialler.process === process ? listener : dialler
      if (isSilent) this.#giveUpLater(connection, end, () => true)
      else end.process.afterTrue(this.latencyMs, () => connection.close(end, 'reset by peer'))
      this.forget(connection)
    }
  }

  /** A process ends in order: its connections are closed, those too that it has not heard of yet. */
  stopped(host: ConnectionEnd): void {
    for (const connection of [...this.#connections]) {
      if (connection.dialler === host || connection.listener === host) connection.close(host, 'stopped')
    }
  }

  #giveUp(connection: SimConnection, end: ConnectionEnd): void {
    const { peer } = connection.other(end)
    this.#giveUpLater(connection, end, () => this.isSilent(end.peer, peer))
  }

  #giveUpLater(connection: SimConnection, end: ConnectionEnd, stillSilent: () => boolean): void {
    const wait = this.scheduler.between(SILENCE_NOTICED_MS.min, SILENCE_NOTICED_MS.max)
    end.process.afterTrue(wait, () => {
      if (stillSilent()) connection.close(end, 'no answer to a ping')
    })
  }

  #between(a: string, b: string): SimConnection[] {
    const name = link(a, b)
    return [...this.#connections].filter(
      ({ dialler, listener }) => link(dialler.peer, listener.peer) === name,
    )
  }
}

function link(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
