import { RECONCILE_SETTLED_MS, RECONCILE_TIMEOUT_MS } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { NetworkContext } from '../network-context.ts'
import { onViolation } from '../network-context.ts'
import type { Greeting } from '../sync/greeting.ts'
import { setDigest } from '../sync/ranges.ts'
import { Reconciler } from '../sync/reconciler.ts'
import { type SyncOutcome, syncWith } from '../sync/sync-client.ts'
import { SYNC } from '../sync/sync-messages.ts'
import { SyncServer } from '../sync/sync-server.ts'
import type { SyncSet } from '../sync/sync-set.ts'
import { withDeadline } from '../wire/deadline.ts'
import { AddressBook, type News } from './address-book.ts'
import { sentAway } from './degree.ts'
import { Rejoin } from './rejoin.ts'
import { ToldNews } from './told-news.ts'

export interface PeerLinksInit {
  /** Reconciled one after another, in this order. */
  readonly sets: readonly SyncSet[]
  /** What a greeting says besides sets and addresses; `asked` is the greeting that it answers. */
  facts(listener: string, asked: Greeting | undefined): GreetingFacts
  /** What a peer has said of itself and of this node, of itself or in answer. */
  onGreeting(peer: string, greeting: Greeting, isAnswer: boolean): void
  /** A connected peer cannot be reconciled with, and has not even greeted: to it this node may be no member. */
  onUngreeted(peer: string): void
  /** Every few seconds: the store may hold more, and what was held may be judged now. */
  onTick(): Promise<void>
  /** All that this node and a peer could offer each other has been compared and sent: envelopes may have come, and the peer may have more chunks. */
  onReconciled(peer: string): void
}

export type GreetingFacts = Omit<Greeting, 'sets' | 'addresses' | 'peers'>

/** Meeting the other members, and keeping the same sets as they: addresses, dials, greetings, reconciliation. */
export class PeerLinks {
  readonly addresses: AddressBook
  readonly rejoin: Rejoin
  readonly reconciler: Reconciler
  readonly syncServer: SyncServer
  readonly #context: NetworkContext
  readonly #init: PeerLinksInit
  readonly #sets: readonly SyncSet[]
  readonly #told: ToldNews
  /** Per peer, the digests on both sides of the last session that had nothing to move, and until when that holds. */
  readonly #settled = new Map<string, { readonly digests: string; readonly until: number }>()

  constructor(context: NetworkContext, init: PeerLinksInit) {
    this.#context = context
    this.#init = init
    this.#sets = init.sets.map((set) => this.#stirring(set))
    this.#told = new ToldNews(context.clock)
    this.addresses = new AddressBook(context.identity.peer, context.isMember)
    this.rejoin = this.#createRejoin()
    this.reconciler = this.#createReconciler()
    this.syncServer = this.#createServer()
  }

  /** A new connection has told where the peer listens. It may be a new process of the same peer, long before the old connection is given up. */
  identified(peer: string, addresses: readonly string[]): void {
    this.#told.forget(peer)
    this.addresses.learnOwn(peer, addresses)
  }

  /** What a peer says of its own addresses. */
  learn(peer: string, addresses: readonly string[]): void {
    this.addresses.learnOwn(peer, addresses)
    this.rejoin.wake()
  }

  connected(peer: string): void {
    this.reconciler.connected(peer)
  }

  disconnected(peer: string): void {
    this.#told.forget(peer)
    this.#settled.delete(peer)
    this.reconciler.disconnected(peer)
    this.rejoin.disconnected(peer)
  }

  /** What this node wants or offers is judged by other rules now. */
  review(): void {
    this.#settled.clear()
    this.reconciler.stir()
    this.rejoin.wake()
  }

  /** What came from one peer is news for others. */
  #stirring(set: SyncSet): SyncSet {
    return {
      ...set,
      enter: async (bytes, from) => {
        const id = await set.enter(bytes, from)
        this.reconciler.stir()
        return id
      },
    }
  }

  #greeting(listener: string, asked?: Greeting): { readonly greeting: Greeting; readonly news: News } {
    const sets = this.#sets.map((set) => {
      const offered = set.offered()
      return { name: set.name, digest: setDigest(offered), count: offered.size }
    })
    const news = this.addresses.news(listener, this.#told.upTo(listener))
    const addresses = this.#context.host.addresses()
    const facts = this.#init.facts(listener, asked)
    return { greeting: { sets, addresses, peers: news.peers, ...facts }, news }
  }

  /** A greeting proves that the other side has let us in. */
  #onGreeting(peer: string, greeting: Greeting, isAnswer: boolean): void {
    for (const told of greeting.peers) this.addresses.learnHearsay(told.peer, told.addresses, peer)
    this.rejoin.proven(peer)
    this.learn(peer, greeting.addresses)
    this.#init.onGreeting(peer, greeting, isAnswer)
    this.#sendAway()
  }

  /** A member that all others have dialled keeps some of them at random; they know others by now. */
  #sendAway(): void {
    const { host, random } = this.#context
    const connected = host.connectedPeers()
    const known = new Set([...this.addresses.peers(), ...connected]).size
    for (const peer of sentAway(known, connected, host.keptPeers(), random)) void host.hangUp(peer)
  }

  #createRejoin(): Rejoin {
    const { host, identity, bootstrap = [] } = this.#context
    return new Rejoin({
      ...this.#context,
      self: identity.peer,
      book: this.addresses,
      bootstrap,
      pathTo: (peer) => host.pathTo(peer),
      connectedPeers: () => host.connectedPeers(),
      dial: (addresses) => host.dial(addresses),
    })
  }

  #createServer(): SyncServer {
    return new SyncServer({
      ...this.#context,
      sets: this.#sets,
      greeting: (peer, asked) => {
        const { greeting, news } = this.#greeting(peer, asked)
        this.#told.note(peer, news.upTo, news.isAll)
        return greeting
      },
      onGreeting: (peer, greeting) => this.#onGreeting(peer, greeting, false),
      onEnded: (peer, moved, isWhole) => {
        this.reconciler.met(peer)
        if (moved > 0) this.reconciler.stir()
        if (isWhole) this.#init.onReconciled(peer)
      },
      onViolation: onViolation(this.#context),
    })
  }

  #createReconciler(): Reconciler {
    const { host, identity, reconcileMs } = this.#context
    return new Reconciler({
      ...this.#context,
      ...(reconcileMs === undefined ? {} : { minMs: reconcileMs.min, maxMs: reconcileMs.max }),
      self: identity.peer,
      connectedPeers: () => host.connectedPeers(),
      syncWith: (peer) => this.#syncWith(peer),
      onTick: () => this.#init.onTick(),
    })
  }

  async #syncWith(peer: string): Promise<SyncOutcome> {
    const { host, conduct, signal, clock } = this.#context
    let isGreeted = false as boolean // a callback sets it
    try {
      const frames = await host.openStream(peer, SYNC)
      const work = (deadline: AbortSignal): Promise<SyncOutcome> => {
        deadline.addEventListener('abort', () => frames.abort(asError(deadline.reason)), { once: true })
        return syncWith(
          frames,
          this.#session(peer, () => (isGreeted = true)),
        )
      }
      const outcome = await withDeadline('reconciliation', RECONCILE_TIMEOUT_MS, signal, work, clock)
      this.#init.onReconciled(peer)
      return outcome
    } catch (thrown) {
      if (thrown instanceof RefusedError) conduct.struck(peer)
      if (!isGreeted && !signal.aborted) this.#init.onUngreeted(peer)
      throw thrown
    }
  }

  #session(peer: string, onGreeted: () => void): Parameters<typeof syncWith>[1] {
    const { greeting, news } = this.#greeting(peer)
    const { clock } = this.#context
    return {
      ...this.#context,
      peer,
      greeting,
      sets: this.#sets,
      onGreeting: (theirs) => {
        onGreeted()
        this.#told.note(peer, news.upTo, news.isAll)
        this.#onGreeting(peer, theirs, true)
      },
      isSettled: (theirs) => {
        const { digests, until = 0 } = this.#settled.get(peer) ?? {}
        return digests === digestsOf(greeting, theirs) && clock.now() < until
      },
      onSettled: (theirs) => {
        const until = clock.now() + RECONCILE_SETTLED_MS
        this.#settled.set(peer, { digests: digestsOf(greeting, theirs), until })
      },
    }
  }
}

function digestsOf(...greetings: readonly Greeting[]): string {
  return greetings.flatMap(({ sets }) => sets.map(({ name, digest }) => `${name} ${digest}`)).join()
}
