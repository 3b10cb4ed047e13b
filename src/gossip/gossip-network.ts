import { EventEmitter } from 'node:events'
import { PeermergeError } from '../errors.ts'
import { MAX_RATED_PEERS, TOLD_REFUSALS_RATE } from './constants.ts'
import { guardHost } from './guard/guarded-host.ts'
import { CHUNKS } from './blocks/chunk-messages.ts'
import { countedStore } from './blocks/counted-store.ts'
import type { HolderBook } from './blocks/holder-book.ts'
import { ContributionFlow } from './contributions/contribution-flow.ts'
import { NetworkCounters } from './counters.ts'
import { openEnvelope } from './contributions/open-envelope.ts'
import { REMOVAL_GRACE_MS } from './constants.ts'
import { asError } from './errors.ts'
import type { PeerConnection, PeerHost } from './host/peer-host.ts'
import type { Traffic } from './host/traffic-meter.ts'
import type { ReachHost } from './host/attempt.ts'
import type { Emit } from './network-context.ts'
import type { ReachFacts } from './reach/examine.ts'
import { ReachService } from './reach/reach-service.ts'
import type { Network, NetworkEvents, NetworkInit, ToldReceipt } from './network-types.ts'
import type { Holding } from './receipts/receipt.ts'
import type { NetworkRounds } from './rounds/round-types.ts'
import type { ToldPeer } from './sync/greeting.ts'
import { SYNC } from './sync/sync-messages.ts'
import type { Clock } from './wire/clock.ts'
import { TokenBuckets } from './wire/token-bucket.ts'

export interface GossipNetworkComponents {
  readonly host: PeerHost
  /** Absent where nobody needs to find out who can be reached: in a simulator. */
  readonly reach?: ReachHost
  readonly conduct: HolderBook
  /** The host's own, where it counts too. @default new ones */
  readonly counters?: NetworkCounters
  /** Ends everything; the host's waits hang on its signal too. */
  readonly stopping: AbortController
}

/** Owns the host, everything that runs on it, and the one signal that ends it all. */
export class GossipNetwork implements Network {
  readonly peer: string
  readonly events = new EventEmitter<NetworkEvents>()
  readonly counters: NetworkCounters
  readonly #init: NetworkInit
  readonly #host: PeerHost
  readonly #clock: Clock
  readonly #flow: ContributionFlow
  readonly #reach: ReachService | undefined
  readonly #stopping: AbortController
  readonly #told: TokenBuckets
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(init: NetworkInit & { readonly clock: Clock }, components: GossipNetworkComponents) {
    const { conduct, stopping, counters = new NetworkCounters() } = components
    const { signal } = stopping
    const { clock } = init
    const host = guardHost(components.host, { clock, counters, signal })
    const store = countedStore(init.store, counters)
    this.counters = counters
    this.peer = init.identity.peer
    this.#init = init
    this.#host = host
    this.#clock = init.clock
    this.#stopping = stopping
    this.#told = new TokenBuckets(TOLD_REFUSALS_RATE, clock, MAX_RATED_PEERS)
    const context = { ...init, store, host, conduct, counters, signal, emit: this.#emit }
    this.#flow = new ContributionFlow(context)
    this.#reach = components.reach && new ReachService(context, components.reach, this.#flow.links.addresses)
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
    if (!this.#host.isStarted()) {
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

  get rounds(): NetworkRounds | undefined {
    return this.#flow.rounds
  }

  addresses(): readonly string[] {
    return this.#host.addresses()
  }

  connections(): readonly PeerConnection[] {
    return this.#host.connections()
  }

  knownPeers(): readonly ToldPeer[] {
    const { addresses } = this.#flow.links
    return addresses.peers().map((peer) => ({ peer, addresses: addresses.addressesOf(peer) }))
  }

  traffic(): Traffic {
    return this.#host.traffic()
  }

  counts(): ReturnType<Network['counts']> {
    const { exchange } = this.#flow
    return {
      fetching: exchange.countOf('fetching'),
      admitted: exchange.countOf('admitted'),
      rejected: exchange.countOf('rejected'),
      pruned: exchange.countOf('pruned'),
      held: exchange.heldCount,
    }
  }

  holds(holding: Holding, newest: ReadonlyMap<string, number>): void {
    this.#flow.receipts.holds(holding, newest)
  }

  receipts(): ReadonlyMap<string, ToldReceipt> {
    const now = this.#clock.now()
    return new Map(
      [...this.#flow.receipts.heard()].map(([peer, { receipt, at }]) => [peer, { receipt, ageMs: now - at }]),
    )
  }

  toldNumbers(): ReadonlyMap<string, number> {
    return this.#flow.toldNumbers
  }

  addBootstrap(addresses: readonly string[]): void {
    this.#flow.links.rejoin.addBootstrap(addresses)
  }

  async reviewMembership(): Promise<void> {
    const { isMember, ledger } = this.#init
    if (ledger === undefined) await this.#hangUp()
    else if (this.#host.connectedPeers().some((peer) => !isMember(peer))) {
      this.#clock.after(REMOVAL_GRACE_MS, () => void this.#hangUp())
    }
    this.#flow.exchange.forgetNonMembers()
    this.#flow.exchange.reviewStanding()
    this.#flow.links.review()
    void this.#flow.rounds?.review()
    await this.retryHeld()
  }

  async #hangUp(): Promise<void> {
    const leaving = this.#host.connectedPeers().filter((peer) => !this.#init.isMember(peer))
    await Promise.all(leaving.map((peer) => this.#host.hangUp(peer)))
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

  prune(ids: readonly string[]): void {
    const { exchange } = this.#flow
    for (const id of ids) if (exchange.isKnown(id)) exchange.settle(id, 'pruned')
  }

  examine(members: readonly string[], also: readonly string[] = []): Promise<ReachFacts> {
    if (this.#reach !== undefined) return this.#reach.examine(members, also)
    return Promise.reject(new PeermergeError('ERR_NO_REACH', 'network: its host cannot be examined'))
  }

  async #start(): Promise<void> {
    const { exchange, jobs, announce, receipts, links, chunkServer, ledger, rounds } = this.#flow
    for (const { peer, addresses } of this.#init.knownPeers ?? []) {
      links.addresses.learnAgain(peer, addresses)
    }
    await exchange.load()
    await this.#host.handle(CHUNKS, (frames, peer) => chunkServer.serve(frames, peer))
    await this.#host.handle(SYNC, (frames, peer) => links.syncServer.serve(frames, peer))
    await this.#reach?.serve()
    await rounds?.open()
    if (rounds !== undefined) exchange.reviewStanding() // what its cuts name is offered
    this.#followHost()
    try {
      await this.#host.start()
    } catch (thrown) {
      this.#stopping.abort()
      throw thrown
    }
    announce.start()
    ledger?.start()
    receipts.start()
    jobs.resume()
    links.rejoin.wake()
    links.reconciler.start()
    rounds?.begin()
  }

  /** Reconciles on connecting, redials on losing, and learns addresses that worked or that a peer gives as its own. */
  #followHost(): void {
    const { jobs, links, rounds } = this.#flow
    this.events.on('ledger', () => void this.reviewMembership())
    this.events.on('admitted', () => void rounds?.review())
    this.#host.events.on('connected', (peer) => {
      this.#emit('peer:connected', peer)
      this.#reach?.met()
      links.connected(peer)
      rounds?.connected(peer)
      jobs.wake()
    })
    this.#host.events.on('disconnected', (peer) => {
      this.#emit('peer:disconnected', peer)
      links.disconnected(peer)
      rounds?.disconnected(peer)
    })
    this.#host.events.on('addresses', (peer, addresses) => links.identified(peer, addresses))
    this.#host.events.on('heard', (peer, addresses) => {
      links.addresses.learnHeard(peer, addresses)
      links.rejoin.wake()
    })
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new PeermergeError('ERR_STOPPED', 'network: stopped'))
    await this.#started?.catch(() => undefined) // whoever started it has the error
    const { jobs, announce, links, rounds } = this.#flow
    if (this.#host.isStarted()) announce.stop()
    await this.#host.stop()
    const { rejoin, reconciler } = links
    await Promise.all([jobs.stop(), rejoin.stop(), reconciler.stop(), rounds?.stop(), this.#reach?.stop()])
  }

  /** All refusals are counted, and those of one peer told one by one up to a rate. */
  #isTold(...[, reason, from]: NetworkEvents['rejected']): boolean {
    this.counters.refused(reason)
    const isTold = this.#told.take(from)
    if (!isTold) this.counters.met('untold')
    return isTold
  }

  readonly #emit: Emit = (event, ...args) => {
    if (event === 'rejected' && !this.#isTold(...(args as NetworkEvents['rejected']))) return
    try {
      const events: EventEmitter = this.events
      events.emit(event, ...args)
    } catch (thrown) {
      this.#init.logger.error({ event, err: asError(thrown) }, 'a listener of the network threw')
    }
  }
}
