import { isDeepStrictEqual } from 'node:util'
import { RECEIPT_FLOOD_MS, RECEIPT_MIN_MS, RECEIPT_REPEAT_MS } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import type { Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'
import { ReceiptBook, type HeardReceipt, type ReceiptWay } from './receipt-book.ts'
import { openReceipt, signReceipt, type Holding } from './receipt.ts'

export interface ReceiptExchangeInit {
  readonly identity: Identity
  readonly consortium: string
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
  readonly logger: Logger
  /** As in NetworkInit. */
  readonly firstReceipt?: number
  isMember(peer: string): boolean
  /** Sends a receipt to everybody. */
  readonly publish: (receipt: Uint8Array) => Promise<unknown>
  /** There is a newer receipt of this peer. */
  readonly onHeard: (peer: string) => void
}

interface Said {
  readonly holding: Holding
  readonly newest: ReadonlyMap<string, number>
}

/**
 * Tells the others what this node holds and keeps what they tell: by gossip when it changes, at most every RECEIPT_MIN_MS, and again
 * every RECEIPT_REPEAT_MS; and whenever a reconciliation shows that the other side has not heard the newest.
 */
export class ReceiptExchange {
  readonly #init: ReceiptExchangeInit
  readonly #book = new ReceiptBook()
  #said: Said | undefined
  #counter: number
  #own: Uint8Array | undefined
  #isStarted = false
  #notBefore = -Infinity
  #cancel: (() => void) | undefined

  constructor(init: ReceiptExchangeInit) {
    this.#init = init
    this.#counter = init.firstReceipt ?? 0
    init.signal.addEventListener('abort', () => this.#cancel?.(), { once: true })
  }

  start(): void {
    this.#isStarted = true
    this.#schedule(0)
  }

  /** What this node holds now; `newest` is its newest sequence number by author. */
  holds(holding: Holding, newest: ReadonlyMap<string, number>): void {
    const said = { holding, newest }
    if (this.#said !== undefined && sameSaid(this.#said, said)) return
    this.#said = said
    this.#schedule(0)
  }

  /** This node's newest receipt for a peer whose newest of ours has this counter; nothing if that is the newest. */
  answerTo(heard: number): Uint8Array {
    return this.#own === undefined || heard === this.#counter ? new Uint8Array(0) : this.#own
  }

  /** Counter of the newest receipt of a peer, 0 for none. */
  heardOf(peer: string): number {
    return this.#book.counterOf(peer)
  }

  /** A reconciliation brought what `answerTo` gave on the other side. @throws RefusedError */
  async answered(peer: string, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > 0) await this.#enter(bytes, peer, 'greeting')
    else this.#book.confirm(peer, this.#init.clock.now())
  }

  /**
   * One that `announcer` has published. Returns false for what is known or comes faster than an honest node sends.
   *
   * @throws RefusedError `too-large`, `malformed`, `wrong-consortium`, `bad-signature`, `wrong-content` - not the announcer's own
   */
  async announced(bytes: Uint8Array, announcer: string): Promise<boolean> {
    if (this.#init.clock.now() - this.#book.heardAt(announcer) < RECEIPT_FLOOD_MS) return false
    return await this.#enter(bytes, announcer, 'gossip')
  }

  /** Newest receipts by peer, of members only. */
  heard(): ReadonlyMap<string, HeardReceipt> {
    for (const peer of this.#book.peers()) if (!this.#init.isMember(peer)) this.#book.forget(peer)
    return this.#book.all()
  }

  async #enter(bytes: Uint8Array, speaker: string, way: ReceiptWay): Promise<boolean> {
    const { consortium, clock, onHeard } = this.#init
    const receipt = await openReceipt(bytes, consortium)
    if (receipt.peer !== speaker) {
      throw new RefusedError('wrong-content', 'receipt', `of ${receipt.peer}, told by ${speaker}`)
    }
    const isNews = this.#book.enter(receipt, way, clock.now())
    if (isNews) onHeard(speaker)
    return isNews
  }

  /** The next receipt goes out after `ms`, unless one is due before or the last was a moment ago. */
  #schedule(ms: number): void {
    if (!this.#isStarted || this.#said === undefined || this.#init.signal.aborted) return
    this.#cancel?.()
    const { clock } = this.#init
    const wait = Math.max(ms, this.#notBefore - clock.now())
    this.#cancel = clock.after(wait, () => {
      this.#tell().catch((thrown: unknown) => {
        this.#init.logger.warn({ err: asError(thrown) }, 'a receipt could not be sent; the next one will be')
      })
    })
  }

  async #tell(): Promise<void> {
    const { identity, consortium, clock, random, publish } = this.#init
    this.#notBefore = clock.now() + RECEIPT_MIN_MS
    this.#schedule(RECEIPT_REPEAT_MS * (0.75 + random() / 2))
    const { holding, newest } = this.#said!
    const counter = this.#counter + 1
    const own = await signReceipt(identity, consortium, counter, holding, newest)
    this.#counter = counter
    this.#own = own
    await publish(own)
  }
}

function sameSaid(a: Said, b: Said): boolean {
  if (!isDeepStrictEqual(a.holding, b.holding)) return false
  return a.newest.size === b.newest.size && [...a.newest].every(([peer, n]) => b.newest.get(peer) === n)
}
