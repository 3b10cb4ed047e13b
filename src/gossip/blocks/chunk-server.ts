import type { ChunkStatus } from './chunk-messages.ts'
import { decodeChunkRequest, encodeChunkReplyHead } from './chunk-messages.ts'
import { CHUNK_FRAME_BYTES, MAX_CHUNKS_SERVED, MAX_REQUESTS_PER_STREAM } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Frames } from '../wire/frames.ts'
import type { GossipStore, Logger } from '../types.ts'

export interface ChunkServerInit {
  readonly store: Pick<GossipStore, 'getChunk'>
  readonly logger: Logger
  /** A peer broke the protocol. */
  onViolation(peer: string, error: RefusedError): void
}

/** Answers chunk requests, one after another on each stream, a bounded number at once. */
export class ChunkServer {
  readonly #init: ChunkServerInit
  #serving = 0

  constructor(init: ChunkServerInit) {
    this.#init = init
  }

  /** Serves one inbound stream to its end; never throws. */
  async serve(frames: Frames, peer: string): Promise<void> {
    try {
      for (let served = 0; served < MAX_REQUESTS_PER_STREAM; served++) {
        const request = await frames.readOrEnd()
        if (request === undefined) break
        await this.#answer(frames, request)
      }
    } catch (thrown) {
      await this.#fail(frames, peer, asError(thrown))
    } finally {
      await frames.close()
    }
  }

  async #answer(frames: Frames, request: Uint8Array): Promise<void> {
    const digest = decodeChunkRequest(request)
    if (this.#serving >= MAX_CHUNKS_SERVED) {
      await frames.write([head('busy')])
      return
    }
    this.#serving++
    try {
      const chunk = await this.#init.store.getChunk(digest)
      await frames.write(chunk === undefined ? [head('not-found')] : chunkFrames(chunk))
    } finally {
      this.#serving--
    }
  }

  async #fail(frames: Frames, peer: string, error: Error): Promise<void> {
    if (error instanceof RefusedError) {
      this.#init.onViolation(peer, error)
      await frames.write([head('bad-request')]).catch(() => undefined) // who broke the protocol may be gone
      return
    }
    this.#init.logger.debug({ peer, err: error }, 'chunk stream broke off')
    frames.abort(error)
  }
}

function head(status: ChunkStatus): Uint8Array {
  return encodeChunkReplyHead({ status, size: 0 })
}

function* chunkFrames(chunk: Uint8Array): Generator<Uint8Array> {
  yield encodeChunkReplyHead({ status: 'ok', size: chunk.byteLength })
  for (let at = 0; at < chunk.byteLength; at += CHUNK_FRAME_BYTES) {
    yield chunk.subarray(at, at + CHUNK_FRAME_BYTES)
  }
}
