import '../polyfill.ts'
import { EventEmitter, setMaxListeners } from 'node:events'
import type { Connection, IdentifyResult, PeerId, Stream } from '@libp2p/interface'
import { createLibp2p } from 'libp2p'
import { PeermergeError } from '../errors.ts'
import * as limits from './constants.ts'
import { asError } from './errors.ts'
import { HolderBook } from './holder-book.ts'
import type { Host } from './libp2p-options.ts'
import { libp2pOptions } from './libp2p-options.ts'
import { listenError } from './listen-error.ts'
import { membersGater } from './members-gater.ts'
import type { Emit } from './network-parts.ts'
import { NetworkParts } from './network-parts.ts'
import type { Network, NetworkEvents, NetworkInit, PeerConnection } from './network-types.ts'
import { openEnvelope } from './open-envelope.ts'
import type { ToldPeer } from './inventory-messages.ts'
import { TrafficMeter } from './traffic-meter.ts'
import type { Traffic } from './traffic-meter.ts'

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/0']

/** A node's network: takes in signed contributions and payload chunks, and passes them on. Opens nothing until `start`. */
export async function createNetwork(init: NetworkInit): Promise<Network> {
  const now = init.now ?? (() => performance.now())
  const conduct = new HolderBook(now)
  const meter = new TrafficMeter()
  const listen = init.listen ?? DEFAULT_LISTEN
  const host = await createLibp2p(
    libp2pOptions({
      identity: init.identity,
      topic: limits.announceTopic(init.consortium),
      listen,
      announce: init.announce ?? [],
      gater: membersGater(init.isMember, meter),
      scoreOf: (peer) => conduct.scoreOf(peer),
    }),
  )
  return new Libp2pNetwork({ ...init, listen, now }, host, conduct, meter)
}

class Libp2pNetwork implements Network {
  readonly peer: string
  readonly events = new EventEmitter<NetworkEvents>()
  readonly #init: NetworkInit
  readonly #host: Host
  readonly #meter: TrafficMeter
  readonly #parts: NetworkParts
  readonly #stopping = new AbortController()
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(
    init: NetworkInit & { readonly now: () => number },
    host: Host,
    conduct: HolderBook,
    meter: TrafficMeter,
  ) {
    this.peer = init.identity.peer
    this.#init = init
    this.#host = host
    this.#meter = meter
    const { signal } = this.#stopping
    setMaxListeners(Infinity, signal) // every wait hangs on it
    this.#parts = new NetworkParts({ ...init, host, conduct, signal, emit: this.#emit })
  }

  start(): Promise<void> {
    if (this.#stopped !== undefined) {
      throw new PeermergeError('ERR_STOPPED', 'network: it has been stopped; create a new one')
    }
    this.#started ??= this.#start()
    return this.#started
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async publish(envelope: Uint8Array): Promise<{ readonly id: string; readonly recipients: number }> {
    if (this.#host.status !== 'started') {
      throw new PeermergeError('ERR_NOT_STARTED', 'network: publish needs a started network')
    }
    const { exchange } = this.#parts
    const opened = await openEnvelope(envelope, this.#init.consortium)
    const receipt = await exchange.enter(opened, this.peer)
    if (receipt.kind === 'refused' || receipt.kind === 'held') {
      const { id } = opened
      throw new PeermergeError('ERR_PUBLISH', `contribution ${id}: ${receipt.kind}, ${receipt.reason}`, {
        ...receipt,
      })
    }
    return { id: opened.id, recipients: await this.#announce(envelope) }
  }

  /** The contribution is durable by now, so a failure costs seconds: reconciliation will bring it. */
  async #announce(envelope: Uint8Array): Promise<number> {
    try {
      const addresses = this.#parts.ownAddresses()
      return await this.#parts.announce.publish({ envelope, addresses, holder: true })
    } catch (thrown) {
      this.#init.logger.warn({ err: asError(thrown) }, 'a contribution could not be announced')
      return 0
    }
  }

  addresses(): readonly string[] {
    return this.#parts.ownAddresses()
  }

  connections(): readonly PeerConnection[] {
    return this.#host.getConnections().map(({ remotePeer, remoteAddr, direction }) => ({
      peer: remotePeer.toString(),
      address: remoteAddr.toString(),
      direction,
    }))
  }

  knownPeers(): readonly ToldPeer[] {
    const { addresses } = this.#parts
    return addresses.peers().map((peer) => ({ peer, addresses: addresses.addressesOf(peer) }))
  }

  traffic(): Traffic {
    return this.#meter.total()
  }

  counts(): ReturnType<Network['counts']> {
    const { exchange } = this.#parts
    return {
      fetching: exchange.countOf('fetching'),
      admitted: exchange.countOf('admitted'),
      rejected: exchange.countOf('rejected'),
      held: exchange.heldCount,
    }
  }

  addBootstrap(addresses: readonly string[]): void {
    this.#parts.rejoin.addBootstrap(addresses)
  }

  async reviewMembership(): Promise<void> {
    const leaving = this.#host.getPeers().filter((peer) => !this.#init.isMember(peer.toString()))
    await Promise.all(leaving.map((peer) => this.#hangUp(peer)))
    this.#parts.exchange.forgetNonMembers()
    this.#parts.rejoin.wake()
    await this.retryHeld()
  }

  async retryHeld(): Promise<void> {
    await this.#parts.exchange.retryHeld()
    this.#parts.jobs.rejudge()
  }

  async #start(): Promise<void> {
    const { exchange, jobs, announce, rejoin, reconciler } = this.#parts
    for (const { peer, addresses } of this.#init.knownPeers ?? []) {
      this.#parts.addresses.learnHearsay(peer, addresses)
    }
    await exchange.load()
    await this.#serve()
    try {
      await this.#host.start()
    } catch (thrown) {
      this.#stopping.abort()
      await this.#host.stop()
      throw listenError(thrown, this.#init.listen ?? [])
    }
    announce.start()
    jobs.resume()
    rejoin.wake()
    reconciler.start()
  }

  async #serve(): Promise<void> {
    const { chunkServer, inventoryServer } = this.#parts
    const serve = (server: { serve(stream: Stream, peer: string): Promise<void> }) => {
      return (stream: Stream, connection: Connection): Promise<void> =>
        server.serve(stream, connection.remotePeer.toString())
    }
    await this.#host.handle(limits.CHUNK_PROTOCOL, serve(chunkServer), {
      maxInboundStreams: limits.MAX_CHUNK_STREAMS_PER_PEER,
      maxOutboundStreams: limits.MAX_CHUNK_STREAMS_PER_PEER,
    })
    await this.#host.handle(limits.INVENTORY_PROTOCOL, serve(inventoryServer), {
      maxInboundStreams: limits.MAX_INVENTORY_STREAMS_PER_PEER,
      maxOutboundStreams: limits.MAX_INVENTORY_STREAMS_PER_PEER,
    })
    this.#host.addEventListener('peer:connect', ({ detail }) => this.#onConnect(detail))
    this.#host.addEventListener('peer:disconnect', ({ detail }) => this.#onDisconnect(detail))
    this.#host.addEventListener('peer:identify', ({ detail }) => this.#onIdentify(detail))
    this.#host.addEventListener('connection:open', ({ detail }) => this.#onOpen(detail))
  }

  #onConnect(id: PeerId): void {
    const peer = id.toString()
    this.#emit('peer:connected', peer)
    this.#parts.reconciler.now(peer)
    this.#parts.jobs.resume()
  }

  #onDisconnect(id: PeerId): void {
    const peer = id.toString()
    this.#emit('peer:disconnected', peer)
    this.#parts.rejoin.disconnected(peer)
  }

  #onIdentify({ peerId, listenAddrs }: IdentifyResult): void {
    this.#parts.addresses.learnOwn(peerId.toString(), listenAddrs.map(String))
  }

  /** An address that has just worked is worth keeping. */
  #onOpen({ remotePeer, remoteAddr, direction }: Connection): void {
    if (direction === 'outbound')
      this.#parts.addresses.learnOwn(remotePeer.toString(), [remoteAddr.toString()])
  }

  async #hangUp(peer: PeerId): Promise<void> {
    const signal = AbortSignal.timeout(limits.CLOSE_TIMEOUT_MS)
    await this.#host.hangUp(peer, { signal }).catch((thrown: unknown) => {
      this.#init.logger.debug(
        { peer: peer.toString(), err: asError(thrown) },
        'hang-up failed; the connection is aborted',
      )
      for (const connection of this.#host.getConnections(peer)) connection.abort(asError(thrown))
    })
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new PeermergeError('ERR_STOPPED', 'network: stopped'))
    await this.#started?.catch(() => undefined) // whoever started it has the error
    const { jobs, rejoin, reconciler, announce } = this.#parts
    if (this.#host.status === 'started') announce.stop()
    await this.#host.stop()
    await Promise.all([jobs.stop(), rejoin.stop(), reconciler.stop()])
  }

  readonly #emit: Emit = (event, ...args) => {
    try {
      const events: EventEmitter = this.events
      events.emit(event, ...args)
    } catch (thrown) {
      this.#init.logger.error({ event, err: asError(thrown) }, 'a listener of the network threw')
    }
  }
}
