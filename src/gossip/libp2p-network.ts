import { EventEmitter, setMaxListeners } from 'node:events'
import type { PeerId } from '@libp2p/interface'
import { PeermergeError } from '../errors.ts'
import { CLOSE_TIMEOUT_MS } from './constants.ts'
import { ContributionFlow } from './contributions/contribution-flow.ts'
import { asError } from './errors.ts'
import type { HolderBook } from './blocks/holder-book.ts'
import { followConnections, serveProtocols } from './host/host-services.ts'
import type { ToldPeer } from './sync/inventory-messages.ts'
import type { Host } from './host/libp2p-options.ts'
import { listenError } from './host/listen-error.ts'
import type { Emit } from './network-context.ts'
import { ownAddresses } from './network-context.ts'
import type { Network, NetworkEvents, NetworkInit, PeerConnection } from './network-types.ts'
import { openEnvelope } from './contributions/open-envelope.ts'
import type { Traffic, TrafficMeter } from './host/traffic-meter.ts'

export interface Libp2pNetworkComponents {
  readonly host: Host
  readonly conduct: HolderBook
  readonly meter: TrafficMeter
}

/** Owns the host, everything that runs on it, and the one signal that ends it all. */
export class Libp2pNetwork implements Network {
  readonly peer: string
  readonly events = new EventEmitter<NetworkEvents>()
  readonly #init: NetworkInit
  readonly #host: Host
  readonly #meter: TrafficMeter
  readonly #flow: ContributionFlow
  readonly #stopping = new AbortController()
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(init: NetworkInit & { readonly now: () => number }, components: Libp2pNetworkComponents) {
    const { host, conduct, meter } = components
    const { signal } = this.#stopping
    setMaxListeners(Infinity, signal) // every wait hangs on it
    this.peer = init.identity.peer
    this.#init = init
    this.#host = host
    this.#meter = meter
    this.#flow = new ContributionFlow({ ...init, host, conduct, signal, emit: this.#emit })
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
    const opened = await openEnvelope(envelope, this.#init.consortium)
    const receipt = await this.#flow.exchange.enter(opened, this.peer)
    if (receipt.kind === 'refused' || receipt.kind === 'held') {
      const problem = `contribution ${opened.id}: ${receipt.kind}, ${receipt.reason}`
      throw new PeermergeError('ERR_PUBLISH', problem, { ...receipt })
    }
    return { id: opened.id, recipients: await this.#flow.send(envelope) }
  }

  addresses(): readonly string[] {
    return ownAddresses({ host: this.#host })
  }

  connections(): readonly PeerConnection[] {
    return this.#host.getConnections().map(({ remotePeer, remoteAddr, direction }) => ({
      peer: remotePeer.toString(),
      address: remoteAddr.toString(),
      direction,
    }))
  }

  knownPeers(): readonly ToldPeer[] {
    const { addresses } = this.#flow.links
    return addresses.peers().map((peer) => ({ peer, addresses: addresses.addressesOf(peer) }))
  }

  traffic(): Traffic {
    return this.#meter.total()
  }

  counts(): ReturnType<Network['counts']> {
    const { exchange } = this.#flow
    return {
      fetching: exchange.countOf('fetching'),
      admitted: exchange.countOf('admitted'),
      rejected: exchange.countOf('rejected'),
      held: exchange.heldCount,
    }
  }

  addBootstrap(addresses: readonly string[]): void {
    this.#flow.links.rejoin.addBootstrap(addresses)
  }

  async reviewMembership(): Promise<void> {
    const leaving = this.#host.getPeers().filter((peer) => !this.#init.isMember(peer.toString()))
    await Promise.all(leaving.map((peer) => this.#hangUp(peer)))
    this.#flow.exchange.forgetNonMembers()
    this.#flow.links.rejoin.wake()
    await this.retryHeld()
  }

  async retryHeld(): Promise<void> {
    await this.#flow.exchange.retryHeld()
    this.#flow.jobs.rejudge()
  }

  refetch(ids: readonly string[]): void {
    const { exchange, jobs } = this.#flow
    for (const id of ids) if (exchange.isKnown(id)) exchange.settle(id, 'fetching')
    jobs.resume()
  }

  async #start(): Promise<void> {
    const { exchange, jobs, announce, links } = this.#flow
    for (const { peer, addresses } of this.#init.knownPeers ?? []) {
      links.addresses.learnHearsay(peer, addresses)
    }
    await exchange.load()
    await serveProtocols(this.#host, this.#flow)
    followConnections(this.#host, this.#flow, this.#emit)
    try {
      await this.#host.start()
    } catch (thrown) {
      this.#stopping.abort()
      await this.#host.stop()
      throw listenError(thrown, this.#init.listen ?? [])
    }
    announce.start()
    jobs.resume()
    links.rejoin.wake()
    links.reconciler.start()
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new PeermergeError('ERR_STOPPED', 'network: stopped'))
    await this.#started?.catch(() => undefined) // whoever started it has the error
    const { jobs, announce, links } = this.#flow
    if (this.#host.status === 'started') announce.stop()
    await this.#host.stop()
    await Promise.all([jobs.stop(), links.rejoin.stop(), links.reconciler.stop()])
  }

  async #hangUp(peer: PeerId): Promise<void> {
    const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS)
    await this.#host.hangUp(peer, { signal }).catch((thrown: unknown) => {
      this.#init.logger.debug({ err: asError(thrown) }, 'hanging up took too long; the connection is aborted')
      for (const connection of this.#host.getConnections(peer)) connection.abort(asError(thrown))
    })
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
