import { createHash } from 'node:crypto'
import type { ChunkReplyHead } from './chunk-messages.ts'
import { decodeChunkReplyHead, encodeChunkRequest } from './chunk-messages.ts'
import { CHUNK_FRAME_BYTES, CHUNK_TIMEOUT_MS, FIRST_BYTE_TIMEOUT_MS, IDLE_TIMEOUT_MS } from '../constants.ts'
import { NetworkTimeoutError, RefusedError } from '../errors.ts'
import type { Clock } from '../wire/clock.ts'
import type { Frames } from '../wire/frames.ts'

export interface ChunkTimeouts {
  readonly firstByteMs: number
  readonly idleMs: number
  readonly chunkMs: number
}

export const DEFAULT_CHUNK_TIMEOUTS: ChunkTimeouts = {
  firstByteMs: FIRST_BYTE_TIMEOUT_MS,
  idleMs: IDLE_TIMEOUT_MS,
  chunkMs: CHUNK_TIMEOUT_MS,
}

/** A verified chunk, or why this holder has none to give now. */
export type ChunkReply =
  { readonly status: 'ok'; readonly bytes: Uint8Array } | { readonly status: 'not-found' | 'busy' }

/** Asks one holder for chunks, one after another on one stream, so that at most one chunk is in flight here. */
export class ChunkClient {
  readonly #frames: Frames
  readonly #timeouts: ChunkTimeouts
  readonly #clock: Clock

  constructor(frames: Frames, timeouts: ChunkTimeouts, clock: Clock) {
    this.#frames = frames
    this.#timeouts = timeouts
    this.#clock = clock
  }

  /**
   * @throws RefusedError `wrong-content` - bytes that do not have this digest; `malformed`, `too-large`
   * @throws NetworkTimeoutError - too slow
   * @throws BrokenStreamError - broke off
   */
  async request(digest: string): Promise<ChunkReply> {
    await this.#frames.write([encodeChunkRequest(digest)])
    const head = decodeChunkReplyHead(await this.#frames.read(this.#timeouts.firstByteMs))
    switch (head.status) {
      case 'ok':
        return { status: 'ok', bytes: await this.#receive(digest, head) }
      case 'bad-request':
        throw new RefusedError('malformed', 'chunk reply', 'a good request was called a bad one')
      case 'not-found':
      case 'busy':
        return { status: head.status }
    }
  }

  async close(): Promise<void> {
    await this.#frames.close()
  }

  abort(error: Error): void {
    this.#frames.abort(error)
  }

  async #receive(digest: string, { size }: ChunkReplyHead): Promise<Uint8Array> {
    const bytes = new Uint8Array(size)
    const hash = createHash('sha256')
    const deadline = this.#clock.now() + this.#timeouts.chunkMs
    let filled = 0
    while (filled < size) {
      const left = deadline - this.#clock.now()
      if (left <= 0) throw new NetworkTimeoutError('chunk reply', this.#timeouts.chunkMs)
      const frame = await this.#frames.read(Math.min(left, this.#timeouts.idleMs))
      if (frame.byteLength !== Math.min(CHUNK_FRAME_BYTES, size - filled)) {
        throw new RefusedError('malformed', 'chunk reply', 'a frame of wrong length')
      }
      bytes.set(frame, filled)
      hash.update(frame)
      filled += frame.byteLength
    }
    if (hash.digest('hex') === digest) return bytes
    throw new RefusedError('wrong-content', 'chunk reply', `the bytes do not have the digest ${digest}`)
  }
}
