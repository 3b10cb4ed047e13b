import type { ChunkTimeouts } from './chunk-client.ts'
import { ChunkClient, type ChunkReply } from './chunk-client.ts'
import { fullMap } from './chunk-map.ts'
import { ChunkPicker } from './chunk-picker.ts'
import type { HolderBook } from './holder-book.ts'
import { beginChunk, type PartialChunk, type PartialChunks } from './partial-chunks.ts'
import { HAVE_AGAIN_MAX_MS, HAVE_AGAIN_MIN_MS, MAX_CHUNK_BYTES, TAKE_OVER_GAIN_MS } from '../constants.ts'
import { asError, RefusedError, StoreFailedError } from '../errors.ts'
import type { GossipStore, Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'
import type { Frames } from '../wire/frames.ts'
import type { Limiter } from '../wire/limiter.ts'
import { pause } from '../wire/pause.ts'
import type { Throttle } from '../wire/throttle.ts'

export interface PayloadFetchInit {
  readonly store: Pick<GossipStore, 'hasChunk' | 'putChunk'>
  readonly book: HolderBook
  readonly partials: PartialChunks
  readonly timeouts: ChunkTimeouts
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
  readonly down: Pick<Throttle, 'pay'>
  /** Chunks received at once, over all payloads. */
  readonly receiving: Pick<Limiter, 'run'>
  /** Holders asked at once. */
  readonly holdersAtOnce: number
  openStream(peer: string): Promise<Frames>
}

export interface WantedPayload {
  /** Of the contribution. */
  readonly id: string
  readonly size: number
  readonly chunks: readonly string[]
}

/** Whom to ask, in this order, and who says to hold everything. */
export interface Holders {
  inOrder(): readonly string[]
  holdsWhole(peer: string): boolean
}

export interface FetchOutcome {
  readonly isComplete: boolean
  /** Holders that said what they have. */
  readonly answered: ReadonlySet<string>
  /** One of them had the payload once and has let it go. */
  readonly isPruned: boolean
  /** One of them has something of what is missing. */
  readonly isOffered: boolean
}

/** A chunk that is under way. */
interface Flight {
  readonly peer: string
  readonly client: ChunkClient
  readonly partial: PartialChunk
  readonly filledAtStart: number
  readonly startedAt: number
  /** An idle holder goes on with it. */
  isTakenOver: boolean
}

/**
 * Pulls the chunks that are not yet in the store, rarest first, from several holders at once, each at its own pace. Every chunk is kept
 * durably as it comes; what a holder sent of a chunk before it broke off is gone on with by the next, so no byte comes twice.
 */
export class PayloadFetch {
  readonly #init: PayloadFetchInit
  readonly #wanted: WantedPayload
  readonly #holders: Holders
  readonly #signal: AbortSignal
  #picker: ChunkPicker
  readonly #tried = new Set<string>()
  readonly #flights = new Map<number, Flight>()
  /** Their bytes are not gone on with by others: a chunk of several senders was wrong, and one of them lied. */
  readonly #distrusted = new Set<string>()
  readonly #answered = new Set<string>()
  #isPruned = false

  constructor(init: PayloadFetchInit, wanted: WantedPayload, holders: Holders, signal: AbortSignal) {
    this.#init = init
    this.#wanted = wanted
    this.#holders = holders
    this.#signal = signal
    this.#picker = new ChunkPicker({ missing: [], random: init.random })
  }

  /** Ends when all is there, or when no holder at hand has more to give for now. @throws StoreFailedError - a chunk could not be kept */
  async run(): Promise<FetchOutcome> {
    this.#picker = new ChunkPicker({ missing: await this.#missing(), random: this.#init.random })
    const lanes = Array.from({ length: this.#init.holdersAtOnce }, () => this.#lane())
    for (const ended of await Promise.allSettled(lanes)) {
      if (ended.status === 'rejected') throw ended.reason
    }
    return {
      isComplete: this.#picker.missing === 0,
      answered: this.#answered,
      isPruned: this.#isPruned,
      isOffered: this.#picker.isOffered(),
    }
  }

  /** Numbers of the chunks that are neither in the store nor had before and could not be stored then. */
  async #missing(): Promise<number[]> {
    const missing = new Map<string, number>()
    for (const [number, digest] of this.#wanted.chunks.entries()) {
      if (missing.has(digest) || (await this.#init.store.hasChunk(digest))) continue
      const whole = this.#init.partials.whole(digest)
      if (whole === undefined) {
        missing.set(digest, number)
        continue
      }
      await this.#keep(digest, whole)
      this.#init.partials.forget(digest)
    }
    return [...missing.values()]
  }

  /** One holder after the other, until there is nobody left to ask. */
  async #lane(): Promise<void> {
    for (let peer; this.#goesOn() && (peer = this.#nextHolder()) !== undefined;) {
      this.#tried.add(peer)
      await this.#drain(peer)
    }
  }

  #goesOn(): boolean {
    return this.#picker.missing > 0 && !this.#signal.aborted
  }

  #nextHolder(): string | undefined {
    return this.#holders.inOrder().find((peer) => !this.#tried.has(peer) && !this.#init.book.isAvoided(peer))
  }

  /** Takes chunks from one holder until it has nothing more or fails; notes in the book how it went. */
  async #drain(peer: string): Promise<void> {
    const { timeouts, clock, down } = this.#init
    const picker = this.#picker
    let client: ChunkClient | undefined
    try {
      client = new ChunkClient({ frames: await this.#init.openStream(peer), peer, timeouts, clock, down })
      if (this.#holders.holdsWhole(peer)) picker.learn(peer, fullMap(this.#wanted.chunks.length))
      else this.#note(peer, await client.have(this.#wanted.id))
      for (let wait = HAVE_AGAIN_MIN_MS; this.#goesOn();) {
        const number = picker.take(peer)
        if (number !== undefined) {
          if (!(await this.#receive(client, peer, number))) break
          wait = HAVE_AGAIN_MIN_MS
        } else {
          this.#takeOverFor(peer)
          if (!(await this.#idle(client, peer, wait))) break
          wait = Math.min(HAVE_AGAIN_MAX_MS, 2 * wait)
        }
      }
      await client.close()
    } catch (thrown) {
      client?.abort(asError(thrown))
      picker.forget(peer)
      if (thrown instanceof StoreFailedError) throw thrown // ours, not the holder's
      if (!this.#signal.aborted && !(thrown instanceof TakenOverError)) this.#blame(peer, asError(thrown))
    }
  }

  #note(peer: string, { status, have }: ChunkReply): void {
    this.#answered.add(peer)
    if (status === 'pruned') this.#isPruned = true
    this.#picker.learn(peer, have)
  }

  /** Nothing to take from this holder now: whether to ask it again, after a wait. */
  async #idle(client: ChunkClient, peer: string, wait: number): Promise<boolean> {
    const { clock, random } = this.#init
    const picker = this.#picker
    if (!picker.isFetching || (!picker.isUseful(peer) && this.#nextHolder() !== undefined)) return false
    await pause(clock, wait * (0.5 + random()), this.#signal)
    if (this.#goesOn()) this.#note(peer, await client.have(this.#wanted.id))
    return true
  }

  /** Whether the holder may be asked for more. @throws what the client throws, and StoreFailedError */
  async #receive(client: ChunkClient, peer: string, number: number): Promise<boolean> {
    const { receiving, book, clock } = this.#init
    const digest = this.#wanted.chunks[number]!
    const partial = this.#begin(digest, number)
    let flight: Flight | undefined
    try {
      return await receiving.run(async () => {
        const startedAt = clock.now()
        flight = { peer, client, partial, filledAtStart: partial.filled, startedAt, isTakenOver: false }
        this.#flights.set(number, flight)
        const reply = await client.request(this.#wanted.id, digest, partial)
        if (reply.status !== 'ok') return this.#notGiven(peer, number, partial, reply)
        this.#picker.learn(peer, reply.have)
        book.served(peer, partial.filled - flight.filledAtStart, clock.now() - startedAt)
        await this.#keepOrHold(digest, partial)
        this.#picker.keep(number)
        return true
      })
    } catch (thrown) {
      this.#picker.giveBack(number)
      this.#keepBeginning(digest, partial, asError(thrown))
      if (flight?.isTakenOver === true) throw new TakenOverError()
      if (thrown instanceof RefusedError && partial.senders.size > 1) throw new MixedChunkError()
      throw thrown
    } finally {
      this.#flights.delete(number)
    }
  }

  #begin(digest: string, number: number): PartialChunk {
    const size = this.#sizeOf(number)
    const partial = this.#init.partials.take(digest, size)
    return this.#isTrusted(partial) ? partial : beginChunk(size)
  }

  #isTrusted({ senders }: PartialChunk): boolean {
    return ![...senders].some((sender) => this.#distrusted.has(sender))
  }

  #notGiven(peer: string, number: number, partial: PartialChunk, reply: ChunkReply): boolean {
    this.#init.partials.put(this.#wanted.chunks[number]!, partial)
    this.#note(peer, reply)
    if (reply.status === 'busy') {
      this.#picker.giveBack(number)
      this.#init.book.failed(peer)
      return false
    }
    this.#picker.deny(peer, number)
    return true
  }

  async #keepOrHold(digest: string, partial: PartialChunk): Promise<void> {
    try {
      await this.#keep(digest, partial.bytes)
    } catch (thrown) {
      this.#init.partials.put(digest, partial) // verified: it is stored when there is room again
      throw thrown
    }
  }

  async #keep(digest: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#init.store.putChunk(digest, bytes)
    } catch (cause) {
      throw new StoreFailedError(`chunk ${digest}`, { cause })
    }
  }

  /** What came of a chunk stays for the next holder, unless it is known or must be feared to be wrong. */
  #keepBeginning(digest: string, partial: PartialChunk, error: Error): void {
    if (error instanceof StoreFailedError) return
    if (error instanceof RefusedError) {
      if (partial.senders.size > 1) for (const sender of partial.senders) this.#distrusted.add(sender)
      return
    }
    if (this.#isTrusted(partial)) this.#init.partials.put(digest, partial)
  }

  /** Breaks off a chunk that another holder is slow with and this one would give much sooner; it goes on where the other was. */
  #takeOverFor(peer: string): void {
    const speed = this.#init.book.speedOf(peer)
    const flights = this.#picker.underWayElsewhere(peer).map((number) => this.#flights.get(number))
    const slow = flights.find(
      (flight) => flight !== undefined && isWorthTaking(flight, speed, this.#init.clock.now()),
    )
    if (slow === undefined) return
    slow.isTakenOver = true
    slow.client.abort(new TakenOverError())
  }

  #blame(peer: string, error: Error): void {
    const { book, logger } = this.#init
    if (error instanceof MixedChunkError) {
      this.#tried.delete(peer) // each sender is asked again for whole chunks, where a lie has one author
      logger.warn({ peer }, 'a chunk of several senders is wrong; theirs are not put together any more')
      return
    }
    if (error instanceof RefusedError) {
      book.struck(peer)
      logger.warn({ peer, reason: error.reason }, 'a holder sent wrong bytes and is avoided')
      return
    }
    book.failed(peer)
    logger.debug({ peer, err: error }, 'a holder failed; another is asked')
  }

  #sizeOf(number: number): number {
    return Math.min(MAX_CHUNK_BYTES, this.#wanted.size - number * MAX_CHUNK_BYTES)
  }
}

/** Not a failure of the holder: another one goes on. */
class TakenOverError extends Error {
  constructor() {
    super('chunk: taken over by a faster holder')
  }
}

/** Several holders sent parts of a chunk, and one of them lied. */
class MixedChunkError extends Error {
  constructor() {
    super('chunk: put together of several senders, and wrong')
  }
}

/** Whether a holder of this speed, in bytes a second, would end a chunk much sooner. */
export function isWorthTaking(
  flight: Pick<Flight, 'partial' | 'filledAtStart' | 'startedAt' | 'isTakenOver'>,
  speed: number,
  now: number,
): boolean {
  const { partial, filledAtStart, startedAt, isTakenOver } = flight
  const elapsed = now - startedAt
  if (isTakenOver || speed === 0 || elapsed < TAKE_OVER_GAIN_MS) return false
  const left = partial.bytes.byteLength - partial.filled
  const slowMs = (left / (partial.filled - filledAtStart)) * elapsed // infinite while nothing has come
  const fastMs = (left / speed) * 1000
  return slowMs > 2 * fastMs + TAKE_OVER_GAIN_MS
}
