import { ChunkClient } from './chunk-client.ts'
import type { ChunkFlights } from './chunk-flights.ts'
import { MixedChunkError } from './chunk-keeper.ts'
import { fullMap } from './chunk-map.ts'
import type { ChunkPicker } from './chunk-picker.ts'
import type { Holders, PayloadFetchInit, WantedPayload } from './fetch-types.ts'
import type { HolderAnswers } from './holder-answers.ts'
import { TakenOverError } from './take-over.ts'
import { HAVE_AGAIN_MAX_MS, HAVE_AGAIN_MIN_MS } from '../constants.ts'
import { asError, RefusedError, StoreFailedError } from '../errors.ts'
import { pause } from '../wire/pause.ts'

export interface HolderLaneInit extends PayloadFetchInit {
  readonly wanted: WantedPayload
  readonly holders: Holders
  readonly picker: ChunkPicker
  readonly flights: ChunkFlights
  readonly answers: HolderAnswers
  readonly signal: AbortSignal
  /** Whether there is somebody else who was not asked yet. */
  hasNext(): boolean
  /** Each sender of a wrong chunk is asked again for whole ones, where a lie has one author. */
  askAgain(peer: string): void
}

/** Takes chunks from one holder over one stream, one after another, until it has nothing more or fails; the book says how it went. */
export class HolderLane {
  readonly #init: HolderLaneInit
  readonly #peer: string

  constructor(init: HolderLaneInit, peer: string) {
    this.#init = init
    this.#peer = peer
  }

  /** @throws StoreFailedError - ours, not the holder's */
  async drain(): Promise<void> {
    const { picker, signal } = this.#init
    let client: ChunkClient | undefined
    try {
      client = await this.#open()
      await this.#takeAll(client)
      this.#init.spares.put(this.#peer, client.release())
    } catch (thrown) {
      client?.abort(asError(thrown))
      picker.forget(this.#peer)
      if (thrown instanceof StoreFailedError) throw thrown
      if (!signal.aborted && !(thrown instanceof TakenOverError)) this.#blame(asError(thrown))
    }
  }

  async #open(): Promise<ChunkClient> {
    return new ChunkClient({
      ...this.#init,
      peer: this.#peer,
      frames: await this.#init.openStream(this.#peer),
    })
  }

  async #takeAll(client: ChunkClient): Promise<void> {
    const { holders, picker, flights, answers, wanted } = this.#init
    const peer = this.#peer
    if (holders.holdsWhole(peer)) picker.learn(peer, fullMap(wanted.chunks.length))
    else answers.note(peer, await client.have(wanted.id))
    for (let wait = HAVE_AGAIN_MIN_MS; this.#goesOn();) {
      const number = picker.take(peer)
      if (number !== undefined) {
        if (!(await flights.receive(client, peer, number))) return
        wait = HAVE_AGAIN_MIN_MS
      } else {
        flights.takeOverFor(peer)
        if (!(await this.#idle(client, wait))) return
        wait = Math.min(HAVE_AGAIN_MAX_MS, 2 * wait)
      }
    }
  }

  /** Nothing to take from this holder now: whether to look again, after a wait. One that has all cannot have got more. */
  async #idle(client: ChunkClient, wait: number): Promise<boolean> {
    const { clock, random, picker, signal, answers, wanted, holders } = this.#init
    if (!picker.isFetching || (!picker.isUseful(this.#peer) && this.#init.hasNext())) return false
    await pause(clock, wait * (0.5 + random()), signal)
    if (this.#goesOn() && !holders.holdsWhole(this.#peer)) {
      answers.note(this.#peer, await client.have(wanted.id))
    }
    return true
  }

  #goesOn(): boolean {
    const { picker, signal, isQuiet } = this.#init
    return picker.missing > 0 && !signal.aborted && isQuiet?.() !== true
  }

  #blame(error: Error): void {
    const { book, logger } = this.#init
    const peer = this.#peer
    if (error instanceof MixedChunkError) {
      this.#init.askAgain(peer)
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
}
