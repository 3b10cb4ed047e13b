import { MAX_CHUNK_BYTES } from '../constants.ts'
import { RefusedError, StoreFailedError } from '../errors.ts'
import type { PayloadFetchInit, WantedPayload } from './fetch-types.ts'
import { beginChunk, type PartialChunk } from './partial-chunks.ts'

/** Several holders sent parts of a chunk, and one of them lied. */
export class MixedChunkError extends Error {
  constructor() {
    super('chunk: put together of several senders, and wrong')
  }
}

/** What this node has of a payload: whole chunks in the store, beginnings in memory, so that no byte comes twice. */
export class ChunkKeeper {
  readonly #init: Pick<PayloadFetchInit, 'store' | 'partials'>
  readonly #wanted: WantedPayload
  /** Their bytes are not gone on with by others: a chunk of several senders was wrong, and one of them lied. */
  readonly #distrusted = new Set<string>()

  constructor(init: Pick<PayloadFetchInit, 'store' | 'partials'>, wanted: WantedPayload) {
    this.#init = init
    this.#wanted = wanted
  }

  /** Numbers of the chunks that are neither in the store nor had before and could not be stored then. */
  async missing(): Promise<number[]> {
    const missing = new Map<string, number>()
    for (const [number, digest] of this.#wanted.chunks.entries()) {
      if (missing.has(digest) || (await this.#init.store.hasChunk(digest))) continue
      const whole = this.#init.partials.whole(digest)
      if (whole === undefined) {
        missing.set(digest, number)
        continue
      }
      await this.#put(digest, whole)
      this.#init.partials.forget(digest)
    }
    return [...missing.values()]
  }

  /** What came of the chunk before, or nothing; the caller's until it is given back by another method. */
  begin(number: number): PartialChunk {
    const size = Math.min(MAX_CHUNK_BYTES, this.#wanted.size - number * MAX_CHUNK_BYTES)
    const partial = this.#init.partials.take(this.#digest(number), size)
    return this.#isTrusted(partial) ? partial : beginChunk(size)
  }

  /** Nothing was added to it. */
  putBack(number: number, partial: PartialChunk): void {
    this.#init.partials.put(this.#digest(number), partial)
  }

  /** Stores a verified chunk; one for which there is no room is held until there is. @throws StoreFailedError */
  async keep(number: number, partial: PartialChunk): Promise<void> {
    try {
      await this.#put(this.#digest(number), partial.bytes)
    } catch (thrown) {
      this.putBack(number, partial)
      throw thrown
    }
  }

  /** What came of a chunk stays for the next holder, unless it is known or must be feared to be wrong. Returns what to tell the caller. */
  brokeOff(number: number, partial: PartialChunk, error: Error): Error {
    if (error instanceof StoreFailedError) return error
    if (error instanceof RefusedError) {
      if (partial.senders.size <= 1) return error
      for (const sender of partial.senders) this.#distrusted.add(sender)
      return new MixedChunkError()
    }
    if (this.#isTrusted(partial)) this.putBack(number, partial)
    return error
  }

  #isTrusted({ senders }: PartialChunk): boolean {
    return ![...senders].some((sender) => this.#distrusted.has(sender))
  }

  #digest(number: number): string {
    return this.#wanted.chunks[number]!
  }

  async #put(digest: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#init.store.putChunk(digest, bytes)
    } catch (cause) {
      throw new StoreFailedError(`chunk ${digest}`, { cause })
    }
  }
}
