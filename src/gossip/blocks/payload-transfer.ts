import { MAX_WAITING_REQUESTS, SLOT_WAIT_MS } from '../constants.ts'
import type { OpenedEnvelope } from '../contributions/open-envelope.ts'
import { asError } from '../errors.ts'
import type { NetworkContext } from '../network-context.ts'
import { onViolation } from '../network-context.ts'
import { transferLimits, type TransferLimits } from '../transfer-limits.ts'
import type { Frames } from '../wire/frames.ts'
import { Limiter } from '../wire/limiter.ts'
import { Throttle } from '../wire/throttle.ts'
import { AskingPeers } from './asking-peers.ts'
import { ChunkClient, DEFAULT_CHUNK_TIMEOUTS } from './chunk-client.ts'
import { CHUNKS } from './chunk-messages.ts'
import { ChunkServer } from './chunk-server.ts'
import type { FetchOutcome, PayloadFetchInit } from './fetch-types.ts'
import { KnownHolders } from './known-holders.ts'
import { PartialChunks } from './partial-chunks.ts'
import { PayloadFacts } from './payload-facts.ts'
import { PayloadFetch } from './payload-fetch.ts'
import { ServingSlots } from './serving-slots.ts'
import { SpareStreams } from './spare-streams.ts'

export interface PayloadTransferEvents {
  isPruned(id: string): boolean
  /** A peer says that it has the whole payload. */
  onHolds(id: string, peer: string): void
}

/** What one node's fetching and serving of payloads share: limits, who has what, what was begun. */
export class PayloadTransfer {
  readonly limits: TransferLimits
  readonly server: ChunkServer
  readonly #context: NetworkContext
  readonly #fetching: PayloadFetchInit
  readonly #holders = new KnownHolders()
  readonly #asking = new AskingPeers()
  readonly #facts: PayloadFacts
  readonly #spares: SpareStreams

  constructor(context: NetworkContext, events: PayloadTransferEvents) {
    this.#context = context
    this.#facts = new PayloadFacts(context.store, context.consortium)
    const { transfers, bandwidth, clock, signal } = context
    this.limits = transferLimits(transfers, bandwidth)
    this.#spares = new SpareStreams(clock, signal)
    this.#fetching = this.#fetchingInit()
    this.server = new ChunkServer({
      ...context,
      ...events,
      slots: this.#slots(),
      up: new Throttle(() => bandwidth?.upBytesPerSecond, clock, signal),
      chunksOf: async (id) => (await this.#facts.of(id))?.chunks,
      onAsked: (id, peer) => this.#asking.note(id, peer),
      onServed: (...served) => context.emit('served', ...served),
      onViolation: onViolation(context),
    })
  }

  /** A contribution has entered. */
  learn(opened: OpenedEnvelope): void {
    this.#facts.learn(opened)
  }

  /** @throws StoreFailedError - a chunk could not be kept; Error - the store has no good envelope of this contribution */
  async fetch(id: string): Promise<FetchOutcome> {
    const { host, random, signal } = this.#context
    const fact = await this.#facts.of(id)
    if (fact === undefined) throw new Error(`the store lists ${id} but has no envelope of it`)
    const holders = {
      inOrder: () => this.#holders.inOrder(id, host.connectedPeers(), random),
      holdsWhole: (peer: string) => this.#holders.holdsWhole(id, peer),
    }
    return new PayloadFetch(this.#fetching, { id, ...fact }, holders, signal).run()
  }

  /** Returns whether that is news. */
  noteHolder(id: string, peer: string, isWhole: boolean): boolean {
    return this.#holders.note(id, peer, isWhole)
  }

  /** The payload is not fetched any more. */
  ended(id: string): void {
    this.#holders.forget(id)
    this.#asking.take(id)
  }

  /** Tells those who asked for it before, and its author, that the payload is whole here. Never rejects. */
  async tellWhole(id: string): Promise<void> {
    this.#holders.forget(id)
    const asked = this.#asking.take(id)
    const fact = await this.#facts.of(id).catch(() => undefined) // without it only the others are told
    const connected = new Set(this.#context.host.connectedPeers())
    const told = [...new Set([...asked, fact?.author])].filter(
      (peer) => peer !== undefined && connected.has(peer),
    )
    await Promise.all(told.map((peer) => this.#tell(peer!, id)))
  }

  async #tell(peer: string, id: string): Promise<void> {
    const spare = this.#spares.take(peer)
    if (spare !== undefined && (await this.#said(spare, peer, id).catch(() => false))) return // else it had died
    try {
      await this.#said(await this.#fetching.openStream(peer), peer, id)
    } catch (thrown) {
      this.#context.logger.debug(
        { peer, id, err: asError(thrown) },
        'could not be told of a payload; it will ask',
      )
    }
  }

  async #said(frames: Frames, peer: string, id: string): Promise<true> {
    try {
      await new ChunkClient({ ...this.#fetching, frames, peer }).holds(id)
      this.#spares.put(peer, frames)
      return true
    } catch (thrown) {
      frames.abort(asError(thrown))
      throw thrown
    }
  }

  #slots(): ServingSlots {
    const { serving: slots, servingPerMember: perMember } = this.limits
    const waiting = { maxWaiting: MAX_WAITING_REQUESTS, waitMs: SLOT_WAIT_MS }
    return new ServingSlots({ slots, perMember, ...waiting }, this.#context.clock)
  }

  #fetchingInit(): PayloadFetchInit {
    const { host, conduct, clock, signal, bandwidth, chunkTimeouts = DEFAULT_CHUNK_TIMEOUTS } = this.#context
    return {
      ...this.#context,
      book: conduct,
      partials: new PartialChunks(),
      timeouts: chunkTimeouts,
      down: new Throttle(() => bandwidth?.downBytesPerSecond, clock, signal),
      receiving: new Limiter(this.limits.receiving),
      holdersAtOnce: this.limits.holders,
      spares: this.#spares,
      openStream: (peer) => host.openStream(peer, CHUNKS),
    }
  }
}
