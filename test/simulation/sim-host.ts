import { EventEmitter } from 'node:events'
import { DIAL_TIMEOUT_MS, OPEN_STREAM_TIMEOUT_MS } from '../../src/gossip/constants.ts'
import type { Path } from '../../src/gossip/host/paths.ts'
import { BrokenStreamError, NetworkTimeoutError } from '../../src/gossip/errors.ts'
import type {
  PeerConnection,
  PeerHost,
  PeerHostEvents,
  Protocol,
  TopicValidator,
} from '../../src/gossip/host/peer-host.ts'
import type { Traffic } from '../../src/gossip/host/traffic-meter.ts'
import type { Frames } from '../../src/gossip/wire/frames.ts'
import { HONEST, type Conduct } from './conduct.ts'
import type { ProcessClock } from './process-clock.ts'
import type { SimConnection } from './sim-connection.ts'
import type { SimFrames } from './sim-frames.ts'
import type { Listener, SimWorld } from './sim-world.ts'
import { TopicFlood } from './topic-flood.ts'

export interface SimHostInit {
  readonly world: SimWorld
  readonly process: ProcessClock
  readonly peer: string
  readonly address: string
  /** Whether others get through to it. */
  readonly isReachable: boolean
  readonly lagMs: number
  readonly isMember: (peer: string) => boolean
  readonly signal: AbortSignal
  readonly conduct?: Conduct
  /** As if it relayed for them. */
  readonly kept?: ReadonlySet<string> | undefined
}

type Serve = (frames: Frames, peer: string) => Promise<void>

/** `PeerHost` in memory: what libp2p does for a node, in virtual time. */
export class SimHost implements PeerHost, Listener {
  readonly peer: string
  readonly address: string
  readonly process: ProcessClock
  readonly lagMs: number
  readonly events = new EventEmitter<PeerHostEvents>()
  readonly #init: SimHostInit
  readonly #conduct: Conduct
  readonly #flood: TopicFlood
  readonly #handlers = new Map<string, Serve>()
  readonly #open: SimConnection[] = []
  #isStarted = false

  constructor(init: SimHostInit) {
    this.#init = init
    this.#conduct = init.conduct ?? HONEST
    this.peer = init.peer
    this.address = init.address
    this.process = init.process
    this.lagMs = init.lagMs
    this.#flood = new TopicFlood(init.world, this, () => this.#open)
  }

  isStarted(): boolean {
    return this.#isStarted
  }

  handle({ name }: Protocol, serve: Serve): Promise<void> {
    this.#handlers.set(name, serve)
    return Promise.resolve()
  }

  start(): Promise<void> {
    this.#isStarted = true
    if (this.#init.isReachable) this.#init.world.listen(this.address, this)
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#isStarted = false
    this.#init.world.unlisten(this)
    this.#init.world.stopped(this)
    return Promise.resolve()
  }

  async openStream(peer: string, protocol: Protocol): Promise<Frames> {
    const { world, signal } = this.#init
    signal.throwIfAborted()
    const connection = this.#open.find((one) => one.other(this).peer === peer)
    if (connection === undefined) throw new BrokenStreamError(`connection to ${peer}`)
    await this.#pause(2 * world.delay(this.peer, peer, 100))
    if (world.isSilent(this.peer, peer)) {
      await this.#pause(OPEN_STREAM_TIMEOUT_MS)
      throw new NetworkTimeoutError(protocol.name, OPEN_STREAM_TIMEOUT_MS)
    }
    signal.throwIfAborted()
    if (!connection.isOpenAt(this)) throw new BrokenStreamError(`connection to ${peer}`)
    return connection.openStream(this, protocol, { from: signal })
  }

  async dial(addresses: readonly string[]): Promise<string> {
    const { world, signal, isMember } = this.#init
    for (const address of addresses) {
      const [place = '', named] = address.split('/p2p/')
      await this.#pause(3 * world.latencyMs)
      signal.throwIfAborted()
      const found = world.reach(this.peer, place)
      if (found === 'silent') await this.#pause(DIAL_TIMEOUT_MS)
      if (found === 'silent' || found === 'refused' || found === this) continue
      if (named !== undefined && named !== found.peer) continue
      if (!isMember(found.peer) || !found.process.isAlive) continue
      if (!this.#open.some((one) => one.other(this) === found)) this.#connect(found)
      return found.peer
    }
    throw new Error(`no answer from ${addresses.join(', ')}`)
  }

  hangUp(peer: string): Promise<void> {
    for (const one of [...this.#open]) if (one.other(this).peer === peer) one.close(this, 'hung up')
    return Promise.resolve()
  }

  connections(): readonly PeerConnection[] {
    return this.#open.map((connection) => {
      const { peer, address } = connection.other(this)
      const direction = connection.dialler === this ? 'outbound' : 'inbound'
      return { peer, address, direction, path: 'direct', rttMs: null }
    })
  }

  connectedPeers(): string[] {
    return [...new Set(this.#open.map((connection) => connection.other(this).peer))]
  }

  pathTo(peer: string): Path | undefined {
    return this.isConnected(peer) ? 'direct' : undefined
  }

  keptPeers(): ReadonlySet<string> {
    return this.#init.kept ?? new Set()
  }

  isConnected(peer: string): boolean {
    return this.#open.some((connection) => connection.other(this).peer === peer)
  }

  addresses(): string[] {
    return this.#init.isReachable ? [`${this.address}/p2p/${this.peer}`] : []
  }

  subscribe(validate: TopicValidator): void {
    this.#flood.subscribe(validate)
  }

  unsubscribe(): void {
    this.#flood.subscribe(undefined)
  }

  publish(message: Uint8Array): Promise<number> {
    return Promise.resolve(this.#flood.send(message, this.peer))
  }

  traffic(): Traffic {
    return { bytesSent: 0, bytesReceived: 0 }
  }

  accepts(peer: string): boolean {
    return this.#isStarted && this.#init.isMember(peer)
  }

  onOpened(connection: SimConnection): void {
    const { peer } = connection.other(this)
    const isFirst = !this.isConnected(peer)
    this.#open.push(connection)
    if (isFirst) this.events.emit('connected', peer)
  }

  onIdentified(peer: string, addresses: readonly string[]): void {
    this.events.emit('addresses', peer, addresses)
  }

  onClosed(connection: SimConnection): void {
    const at = this.#open.indexOf(connection)
    if (at < 0) return
    this.#open.splice(at, 1)
    const { peer } = connection.other(this)
    if (!this.isConnected(peer)) this.events.emit('disconnected', peer)
  }

  serve({ name }: Protocol, frames: SimFrames, peer: string): void {
    const serve = this.#handlers.get(name)
    if (serve === undefined || !this.#isStarted) frames.abort(new Error(`no such protocol: ${name}`))
    else void serve(frames, peer)
  }

  onGossip(message: Uint8Array, signer: string, bearer: string): void {
    this.#flood.onMessage(message, signer, bearer)
  }

  tamper(protocol: string, frame: Uint8Array): readonly Uint8Array[] {
    return this.#conduct.frames(protocol, frame)
  }

  tamperGossip(message: Uint8Array): readonly Uint8Array[] {
    return this.#conduct.gossip(message)
  }

  /** The listener decides after the dialler: one that it refuses sees its dial succeed and the connection close. */
  #connect(listener: Listener): void {
    const { world } = this.#init
    const connection = world.connect(this, listener)
    this.onOpened(connection)
    this.events.emit('addresses', listener.peer, [`${listener.address}/p2p/${listener.peer}`])
    connection.establish(() => {
      if (listener.accepts(this.peer)) {
        listener.onOpened(connection)
        const told = this.addresses()
        connection.send(this, 200, 0, () => listener.onIdentified(this.peer, told))
      } else connection.close(listener, 'refused')
    })
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.process.afterTrue(ms, resolve))
  }
}
