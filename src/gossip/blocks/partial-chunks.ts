import { createHash, type Hash } from 'node:crypto'
import { BoundedMap } from '../wire/bounded-map.ts'
import { MAX_PARTIAL_CHUNKS } from '../constants.ts'

/** The beginning of a chunk, not yet verified, and who has sent it. */
export interface PartialChunk {
  readonly bytes: Uint8Array
  filled: number
  /** Over the bytes filled. */
  readonly hash: Hash
  readonly senders: Set<string>
}

export function beginChunk(size: number): PartialChunk {
  return { bytes: new Uint8Array(size), filled: 0, hash: createHash('sha256'), senders: new Set() }
}

/**
 * What was received of chunks whose holder broke off, so that the next one goes on where it ended and no byte comes twice. Kept in memory,
 * a bounded number of them: a crash loses what is not yet a whole chunk.
 */
export class PartialChunks {
  readonly #partials = new BoundedMap<string, PartialChunk>(MAX_PARTIAL_CHUNKS)

  /** Takes out what there is; a new beginning where there is nothing. */
  take(digest: string, size: number): PartialChunk {
    const kept = this.#partials.get(digest)
    this.#partials.delete(digest)
    return kept?.bytes.byteLength === size ? kept : beginChunk(size)
  }

  put(digest: string, partial: PartialChunk): void {
    if (partial.filled > 0) this.#partials.set(digest, partial)
  }

  /** A chunk that came whole and verified, and could not be stored. */
  whole(digest: string): Uint8Array | undefined {
    const kept = this.#partials.get(digest)
    return kept !== undefined && kept.filled === kept.bytes.byteLength ? kept.bytes : undefined
  }

  forget(digest: string): void {
    this.#partials.delete(digest)
  }
}
