import type { ChunkClient, ChunkReply } from './chunk-client.ts'
import type { ChunkKeeper } from './chunk-keeper.ts'
import type { ChunkPicker } from './chunk-picker.ts'
import type { PayloadFetchInit, WantedPayload } from './fetch-types.ts'
import type { HolderAnswers } from './holder-answers.ts'
import type { PartialChunk } from './partial-chunks.ts'
import { isWorthTaking, TakenOverError, type Flight } from './take-over.ts'
import { asError } from '../errors.ts'

export interface ChunkFlightsInit extends Pick<PayloadFetchInit, 'book' | 'clock' | 'receiving'> {
  readonly wanted: WantedPayload
  readonly keeper: ChunkKeeper
  readonly picker: ChunkPicker
  readonly answers: HolderAnswers
}

/** The chunks of one payload that are under way: each is received, verified and kept, or what came of it is left for another holder. */
export class ChunkFlights {
  readonly #init: ChunkFlightsInit
  readonly #flights = new Map<number, Flight>()

  constructor(init: ChunkFlightsInit) {
    this.#init = init
  }

  /** Whether the holder may be asked for more. @throws what the client throws, MixedChunkError, StoreFailedError, TakenOverError */
  async receive(client: ChunkClient, peer: string, number: number): Promise<boolean> {
    const { receiving, keeper, picker } = this.#init
    const partial = keeper.begin(number)
    try {
      return await receiving.run(() => this.#fly(client, peer, number, partial))
    } catch (thrown) {
      picker.giveBack(number)
      const error = keeper.brokeOff(number, partial, asError(thrown))
      throw this.#flights.get(number)?.isTakenOver === true ? new TakenOverError() : error
    } finally {
      this.#flights.delete(number)
    }
  }

  /** Breaks off a chunk that another holder is slow with and this one would give much sooner; it goes on where the other was. */
  takeOverFor(peer: string): void {
    const { book, clock, picker } = this.#init
    const speed = book.speedOf(peer)
    const flights = picker.underWayElsewhere(peer).map((number) => this.#flights.get(number))
    const slow = flights.find((flight) => flight !== undefined && isWorthTaking(flight, speed, clock.now()))
    if (slow === undefined) return
    slow.isTakenOver = true
    slow.client.abort(new TakenOverError())
  }

  async #fly(client: ChunkClient, peer: string, number: number, partial: PartialChunk): Promise<boolean> {
    const { wanted, keeper, picker, book, clock } = this.#init
    const [startedAt, filledAtStart] = [clock.now(), partial.filled]
    this.#flights.set(number, { client, partial, filledAtStart, startedAt, isTakenOver: false })
    const reply = await client.request(wanted.id, wanted.chunks[number]!, partial)
    if (reply.status !== 'ok') return this.#notGiven(peer, number, partial, reply)
    picker.learn(peer, reply.have)
    book.served(peer, partial.filled - filledAtStart, clock.now() - startedAt)
    await keeper.keep(number, partial)
    picker.keep(number)
    return true
  }

  #notGiven(peer: string, number: number, partial: PartialChunk, reply: ChunkReply): boolean {
    const { keeper, picker, answers, book } = this.#init
    keeper.putBack(number, partial)
    answers.note(peer, reply)
    if (reply.status === 'busy') {
      picker.giveBack(number)
      book.failed(peer)
      return false
    }
    picker.deny(peer, number)
    return true
  }
}
