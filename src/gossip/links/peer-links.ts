import { AddressBook } from './address-book.ts'
import type { ContributionExchange } from '../contributions/contribution-exchange.ts'
import { RECONCILE_TIMEOUT_MS } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import { withDeadline } from '../wire/deadline.ts'
import { reconcile } from '../sync/inventory-client.ts'
import { INVENTORY, type Greeting } from '../sync/inventory-messages.ts'
import { InventoryServer } from '../sync/inventory-server.ts'
import type { ReceiptExchange } from '../receipts/receipt-exchange.ts'
import type { NetworkContext } from '../network-context.ts'
import { onViolation } from '../network-context.ts'
import { Reconciler } from '../sync/reconciler.ts'
import { Rejoin } from './rejoin.ts'

export interface PeerLinksEvents {
  /** A peer offers this id. */
  onOffered(id: string, peer: string): void
  /** Envelopes may have come, and a peer may have more chunks. */
  onReconciled(): void
}

/** Meeting the other members, and keeping the same set as they: addresses, dials, greetings, reconciliation. */
export class PeerLinks {
  readonly addresses: AddressBook
  readonly rejoin: Rejoin
  readonly reconciler: Reconciler
  readonly inventoryServer: InventoryServer
  readonly #context: NetworkContext
  readonly #exchange: ContributionExchange
  readonly #receipts: ReceiptExchange
  readonly #events: PeerLinksEvents

  constructor(
    context: NetworkContext,
    exchange: ContributionExchange,
    receipts: ReceiptExchange,
    events: PeerLinksEvents,
  ) {
    this.#context = context
    this.#exchange = exchange
    this.#receipts = receipts
    this.#events = events
    this.addresses = new AddressBook(context.identity.peer, context.isMember)
    this.rejoin = this.#createRejoin()
    this.reconciler = this.#createReconciler()
    this.inventoryServer = new InventoryServer({
      ...context,
      onViolation: onViolation(context),
      offered: () => exchange.offer().ids,
      greeting: (peer, heard) => this.#greeting(peer, receipts.answerTo(heard)),
      onGreeting: (peer, greeting, reciprocal) => this.#onGreeting(peer, greeting, reciprocal),
    })
  }

  /** What a peer says of its own addresses. */
  learn(peer: string, addresses: readonly string[]): void {
    this.addresses.learnOwn(peer, addresses)
    this.rejoin.wake()
  }

  /** Only the one who answers adds its receipt, as the one who asks cannot know yet what the other has heard. */
  #greeting(listener: string, receipt: Uint8Array = new Uint8Array(0)): Greeting {
    const { ids, digest } = this.#exchange.offer()
    const peers = this.addresses.tell(listener, this.#context.random)
    const heard = this.#receipts.heardOf(listener)
    return { digest, count: ids.length, addresses: this.#context.host.addresses(), peers, heard, receipt }
  }

  /** A greeting proves that the other side has let us in. */
  #onGreeting(peer: string, greeting: Greeting, reciprocal: boolean): void {
    for (const told of greeting.peers) this.addresses.learnHearsay(told.peer, told.addresses)
    this.rejoin.proven(peer)
    this.learn(peer, greeting.addresses)
    if (!reciprocal && greeting.digest !== this.#exchange.offer().digest) this.reconciler.now(peer, true)
  }

  #hear(peer: string, receipt: Uint8Array): void {
    this.#receipts.answered(peer, receipt).catch((thrown: unknown) => {
      if (thrown instanceof RefusedError) onViolation(this.#context)(peer, thrown)
      else this.#context.logger.error({ peer, err: asError(thrown) }, 'a receipt could not be read')
    })
  }

  #createRejoin(): Rejoin {
    const { host, identity, bootstrap = [] } = this.#context
    return new Rejoin({
      ...this.#context,
      self: identity.peer,
      book: this.addresses,
      bootstrap,
      pathTo: (peer) => host.pathTo(peer),
      dial: (addresses) => host.dial(addresses),
    })
  }

  #createReconciler(): Reconciler {
    const { host, reconcileMs } = this.#context
    return new Reconciler({
      ...this.#context,
      ...(reconcileMs === undefined ? {} : { minMs: reconcileMs.min, maxMs: reconcileMs.max }),
      connectedPeers: () => host.connectedPeers(),
      reconcileWith: (peer, reciprocal) => this.#reconcileWith(peer, reciprocal),
      beforeRound: async () => {
        await this.#exchange.load()
        await this.#exchange.retryHeld()
        this.#events.onReconciled()
      },
    })
  }

  async #reconcileWith(peer: string, reciprocal: boolean): Promise<void> {
    const { host, consortium, conduct, signal, clock } = this.#context
    const init = {
      consortium,
      reciprocal,
      greeting: this.#greeting(peer),
      onGreeting: (greeting: Greeting) => {
        this.#onGreeting(peer, greeting, true)
        this.#hear(peer, greeting.receipt)
      },
      wants: (id: string) => this.#exchange.wants(id),
      onOffered: (id: string) => this.#events.onOffered(id, peer),
      receive: async (envelope: Uint8Array) => (await this.#exchange.receive(envelope, peer)).id,
    }
    try {
      const frames = await host.openStream(peer, INVENTORY)
      await withDeadline(
        'reconciliation',
        RECONCILE_TIMEOUT_MS,
        signal,
        (deadline) => {
          deadline.addEventListener('abort', () => frames.abort(asError(deadline.reason)), { once: true })
          return reconcile(frames, init)
        },
        clock,
      )
    } catch (thrown) {
      if (thrown instanceof RefusedError) conduct.struck(peer)
      throw thrown
    }
    this.#events.onReconciled()
  }
}
