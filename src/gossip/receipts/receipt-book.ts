import { MAX_RECEIPTS } from '../constants.ts'
import { BoundedMap } from '../wire/bounded-map.ts'
import type { MergeReceipt } from './receipt.ts'

/** A receipt and when it came, on this node's clock. */
export interface HeardReceipt {
  readonly receipt: MergeReceipt
  readonly at: number
}

/** How a receipt came: over the topic, where it may be old, or in a greeting of its signer, who speaks at this moment. */
export type ReceiptWay = 'gossip' | 'greeting'

/**
 * The newest receipt of every other node. One from the topic replaces another only if its counter is greater: an old message that is
 * played again changes nothing. In a greeting it always does, since a node whose clock went back counts from less than before.
 */
export class ReceiptBook {
  readonly #heard = new BoundedMap<string, HeardReceipt>(MAX_RECEIPTS)

  /** Returns whether it is news. */
  enter(receipt: MergeReceipt, way: ReceiptWay, at: number): boolean {
    const known = this.#heard.get(receipt.peer)?.receipt.counter
    const isNews =
      known === undefined || (way === 'greeting' ? receipt.counter !== known : receipt.counter > known)
    if (isNews) this.#heard.set(receipt.peer, { receipt, at })
    return isNews
  }

  /** Counter of the newest receipt of a peer, 0 for none. */
  counterOf(peer: string): number {
    return this.#heard.get(peer)?.receipt.counter ?? 0
  }

  /** When the newest receipt of a peer came; long ago for none. */
  heardAt(peer: string): number {
    return this.#heard.get(peer)?.at ?? -Infinity
  }

  /** The newest one is still true: its signer has just said so. */
  confirm(peer: string, at: number): void {
    const known = this.#heard.get(peer)
    if (known !== undefined) this.#heard.set(peer, { receipt: known.receipt, at })
  }

  peers(): string[] {
    return this.#heard.entries().map(([peer]) => peer)
  }

  /** A node that is no member any more. */
  forget(peer: string): void {
    this.#heard.delete(peer)
  }

  all(): ReadonlyMap<string, HeardReceipt> {
    return new Map(this.#heard.entries())
  }
}
