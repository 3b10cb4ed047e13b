import { MAX_IDS_PER_PAGE, MAX_INVENTORY_FRAME_BYTES, MAX_REQUESTS_PER_STREAM } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Frames } from '../wire/frames.ts'
import { inventoryPage } from './inventory.ts'
import type { Greeting, InventoryReply, InventoryRequest } from './inventory-messages.ts'
import { decodeInventoryRequest, encodeInventoryReply } from './inventory-messages.ts'
import type { GossipStore, Logger } from '../types.ts'

/** Room for the map around the envelopes of a reply. */
const REPLY_MARGIN_BYTES = 1024

export interface InventoryServerInit {
  readonly consortium: string
  readonly store: Pick<GossipStore, 'getEnvelope'>
  readonly logger: Logger
  /** Ids that this node offers, ascending. */
  offered(): readonly string[]
  /** For a peer whose newest receipt of this node has the counter `heard`. */
  greeting(peer: string, heard: number): Greeting
  onGreeting(peer: string, greeting: Greeting, reciprocal: boolean): void
  /** A peer broke the protocol. */
  onViolation(peer: string, error: RefusedError): void
}

/** Tells members what this node has: a digest first, then ids in pages, then envelopes in batches. */
export class InventoryServer {
  readonly #init: InventoryServerInit

  constructor(init: InventoryServerInit) {
    this.#init = init
  }

  /** Serves one inbound stream to its end; never throws. */
  async serve(frames: Frames, peer: string): Promise<void> {
    try {
      for (let served = 0; served < MAX_REQUESTS_PER_STREAM; served++) {
        const request = await frames.readOrEnd()
        if (request === undefined) break
        const reply = await this.#answer(decodeInventoryRequest(request), peer)
        await frames.write([encodeInventoryReply(reply)])
        if (reply.type === 'refused') break
      }
    } catch (thrown) {
      await this.#fail(frames, peer, asError(thrown))
    } finally {
      await frames.close()
    }
  }

  async #answer(request: InventoryRequest, peer: string): Promise<InventoryReply> {
    switch (request.type) {
      case 'hello': {
        if (request.consortium !== this.#init.consortium)
          return { type: 'refused', reason: 'wrong-consortium' }
        const greeting = this.#init.greeting(peer, request.greeting.heard)
        this.#init.onGreeting(peer, request.greeting, request.reciprocal)
        return { type: 'hello', greeting }
      }
      case 'ids':
        return { type: 'ids', ...inventoryPage(this.#init.offered(), request.after, MAX_IDS_PER_PAGE) }
      case 'get':
        return { type: 'envelopes', envelopes: await this.#envelopes(request.ids) }
    }
  }

  async #envelopes(ids: readonly string[]): Promise<Uint8Array[]> {
    const envelopes: Uint8Array[] = []
    let room = MAX_INVENTORY_FRAME_BYTES - REPLY_MARGIN_BYTES
    for (const id of ids) {
      const envelope = await this.#init.store.getEnvelope(id)
      if (envelope === undefined) continue
      if (envelope.byteLength > room) break
      room -= envelope.byteLength
      envelopes.push(envelope)
    }
    return envelopes
  }

  async #fail(frames: Frames, peer: string, error: Error): Promise<void> {
    if (error instanceof RefusedError) {
      this.#init.onViolation(peer, error)
      const reply = encodeInventoryReply({ type: 'refused', reason: error.reason })
      await frames.write([reply]).catch(() => undefined) // who broke the protocol may be gone
      return
    }
    this.#init.logger.debug({ peer, err: error }, 'inventory stream broke off')
    frames.abort(error)
  }
}
