import { multiaddr } from '@multiformats/multiaddr'
import { AddressBook } from './address-book.ts'
import { AnnounceTopic } from './announce.ts'
import { DEFAULT_CHUNK_TIMEOUTS } from './chunk-client.ts'
import { ChunkServer } from './chunk-server.ts'
import * as limits from './constants.ts'
import { ContributionExchange } from './contribution-exchange.ts'
import { withDeadline } from './deadline.ts'
import { asError, RefusedError } from './errors.ts'
import type { HolderBook } from './holder-book.ts'
import { connectedPeers, isConnected, openStream } from './host-streams.ts'
import { reconcile } from './inventory-client.ts'
import type { Greeting } from './inventory-messages.ts'
import { InventoryServer } from './inventory-server.ts'
import { KnownHolders } from './known-holders.ts'
import type { Host } from './libp2p-options.ts'
import type { NetworkEvents, NetworkInit } from './network-types.ts'
import { fetchPayload } from './payload-fetch.ts'
import { PayloadJobs } from './payload-jobs.ts'
import { Reconciler } from './reconciler.ts'
import { Rejoin } from './rejoin.ts'
import type { TopicVerdict } from './topic-validator.ts'

export type Emit = <K extends keyof NetworkEvents>(event: K, ...args: NetworkEvents[K]) => void

export interface NetworkContext extends NetworkInit {
  readonly host: Host
  readonly conduct: HolderBook
  readonly signal: AbortSignal
  readonly emit: Emit
  readonly now: () => number
}

/** The parts of a node's network, wired to each other. Nothing runs yet. */
export class NetworkParts {
  readonly addresses: AddressBook
  readonly exchange: ContributionExchange
  readonly jobs: PayloadJobs
  readonly reconciler: Reconciler
  readonly rejoin: Rejoin
  readonly announce: AnnounceTopic
  readonly chunkServer: ChunkServer
  readonly inventoryServer: InventoryServer
  readonly #context: NetworkContext
  readonly #holders = new KnownHolders()

  constructor(context: NetworkContext) {
    this.#context = context
    const { identity } = context
    this.addresses = new AddressBook(identity.peer, context.isMember)
    this.exchange = this.#createExchange()
    this.jobs = this.#createJobs()
    this.reconciler = this.#createReconciler()
    this.rejoin = this.#createRejoin()
    this.announce = this.#createAnnounce()
    const onViolation = (peer: string, error: RefusedError): void => {
      context.conduct.struck(peer)
      context.emit('rejected', null, error.reason, peer)
    }
    this.chunkServer = new ChunkServer({ ...context, onViolation })
    this.inventoryServer = new InventoryServer({
      ...context,
      onViolation,
      offered: () => this.exchange.offer().ids,
      greeting: (peer) => this.greeting(peer),
      onGreeting: (peer, greeting, reciprocal) => this.#onGreeting(peer, greeting, reciprocal),
    })
  }

  /** Own multiaddrs, peer id included. */
  ownAddresses(): string[] {
    return this.#context.host.getMultiaddrs().map(String)
  }

  greeting(listener: string): Greeting {
    const { ids, digest } = this.exchange.offer()
    const { random } = this.#context
    const peers = this.addresses.tell(listener, random)
    return { digest, count: ids.length, addresses: this.ownAddresses(), peers }
  }

  #createExchange(): ContributionExchange {
    return new ContributionExchange({
      ...this.#context,
      onKept: () => this.jobs.resume(),
      onRefused: (id, reason, bearer) => this.#context.emit('rejected', id, reason, bearer),
    })
  }

  #createJobs(): PayloadJobs {
    const { host, signal, random, conduct, chunkTimeouts = DEFAULT_CHUNK_TIMEOUTS } = this.#context
    const fetching = {
      ...this.#context,
      book: conduct,
      timeouts: chunkTimeouts,
      openStream: (peer: string) => openStream(host, peer, limits.CHUNK_PROTOCOL, signal),
    }
    return new PayloadJobs({
      ...this.#context,
      unsettled: () => this.exchange.unsettled(),
      fetch: (id, chunks) =>
        fetchPayload(fetching, chunks, () => this.#holders.inOrder(id, connectedPeers(host), random), signal),
      onSettled: (id, verdict) => {
        this.#holders.forget(id)
        this.exchange.settle(id, verdict.kind === 'accept' ? 'admitted' : 'rejected')
        if (verdict.kind === 'accept') this.#onAdmitted(id)
        else this.#context.emit('rejected', id, verdict.reason, this.#context.identity.peer)
      },
    })
  }

  #onAdmitted(id: string): void {
    this.#context.emit('admitted', id)
    this.jobs.rejudge()
    void this.exchange.retryHeld() // never rejects
  }

  #createReconciler(): Reconciler {
    const { host, reconcileMs } = this.#context
    return new Reconciler({
      ...this.#context,
      ...(reconcileMs === undefined ? {} : { minMs: reconcileMs.min, maxMs: reconcileMs.max }),
      connectedPeers: () => connectedPeers(host),
      reconcileWith: (peer, reciprocal) => this.#reconcileWith(peer, reciprocal),
      beforeRound: async () => {
        await this.exchange.load()
        await this.exchange.retryHeld()
        this.jobs.resume()
      },
    })
  }

  async #reconcileWith(peer: string, reciprocal: boolean): Promise<void> {
    const { host, consortium, conduct, signal } = this.#context
    const init = {
      consortium,
      reciprocal,
      greeting: this.greeting(peer),
      onGreeting: (greeting: Greeting) => this.#onGreeting(peer, greeting, true),
      wants: (id: string) => this.exchange.wants(id),
      onOffered: (id: string) => this.#noteHolder(id, peer),
      receive: async (envelope: Uint8Array) => (await this.exchange.receive(envelope, peer)).id,
    }
    try {
      await withDeadline('reconciliation', limits.RECONCILE_TIMEOUT_MS, signal, async (deadline) =>
        reconcile(await openStream(host, peer, limits.INVENTORY_PROTOCOL, deadline), init, deadline),
      )
    } catch (thrown) {
      if (thrown instanceof RefusedError) conduct.struck(peer)
      throw thrown
    }
    this.jobs.resume()
  }

  #noteHolder(id: string, peer: string): void {
    const state = this.exchange.stateOf(id)
    if (state === 'fetching' || (state === undefined && this.exchange.wants(id))) this.#holders.note(id, peer)
  }

  /** A greeting proves that the other side has let us in. */
  #onGreeting(peer: string, greeting: Greeting, reciprocal: boolean): void {
    this.addresses.learnOwn(peer, greeting.addresses)
    for (const told of greeting.peers) this.addresses.learnHearsay(told.peer, told.addresses)
    this.rejoin.proven(peer)
    this.rejoin.wake()
    if (!reciprocal && greeting.digest !== this.exchange.offer().digest) this.reconciler.now(peer, true)
  }

  #createRejoin(): Rejoin {
    const { host, identity, bootstrap = [], signal } = this.#context
    return new Rejoin({
      ...this.#context,
      self: identity.peer,
      book: this.addresses,
      bootstrap,
      isConnected: (peer) => isConnected(host, peer),
      dial: (addresses) =>
        withDeadline('dial', limits.DIAL_TIMEOUT_MS, signal, async (deadline) => {
          const connection = await host.dial(
            addresses.map((address) => multiaddr(address)),
            { signal: deadline },
          )
          return connection.remotePeer.toString()
        }),
    })
  }

  #createAnnounce(): AnnounceTopic {
    const { host, consortium } = this.#context
    const rules = {
      consortium,
      isMember: this.#context.isMember,
      judge: this.exchange.judge.bind(this.exchange),
    }
    return new AnnounceTopic(host, limits.announceTopic(consortium), rules, (announcer, verdict) => {
      this.#onAnnouncement(announcer, verdict).catch((thrown: unknown) => {
        this.#context.logger.error({ err: asError(thrown) }, 'an announced contribution could not be kept')
      })
    })
  }

  async #onAnnouncement(announcer = '', verdict: TopicVerdict): Promise<void> {
    const { announcement, opened } = verdict
    if (announcement === undefined || opened === undefined) {
      this.#context.emit('rejected', null, verdict.reason ?? 'malformed', announcer)
      return
    }
    this.addresses.learnOwn(announcer, announcement.addresses)
    this.rejoin.wake()
    if (announcement.holder) this.#noteHolder(opened.id, announcer)
    await this.exchange.enter(opened, announcer, verdict.verdict)
  }
}
