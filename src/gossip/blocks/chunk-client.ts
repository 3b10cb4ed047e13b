import type { ChunkReplyHead, ChunkRequest } from './chunk-messages.ts'
import { decodeChunkReplyHead, encodeChunkRequest } from './chunk-messages.ts'
import type { ChunkMap } from './chunk-map.ts'
import type { PartialChunk } from './partial-chunks.ts'
import { CHUNK_FRAME_BYTES, CHUNK_TIMEOUT_MS, FIRST_BYTE_TIMEOUT_MS, IDLE_TIMEOUT_MS } from '../constants.ts'
import { NetworkTimeoutError, RefusedError } from '../errors.ts'
import type { Clock } from '../wire/clock.ts'
import type { Frames } from '../wire/frames.ts'
import type { Throttle } from '../wire/throttle.ts'

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

/** `ok`: the chunk is complete and verified. `have`: what this holder has of the payload by now. */
export interface ChunkReply {
  readonly status: 'ok' | 'not-found' | 'pruned' | 'busy'
  readonly have: ChunkMap
}

export interface ChunkClientInit {
  readonly frames: Frames
  readonly peer: string
  readonly timeouts: ChunkTimeouts
  readonly clock: Clock
  /** What may be received. */
  readonly down: Pick<Throttle, 'pay'>
}

/** Asks one holder for chunks, one after another on one stream, so that at most one chunk is in flight here. */
export class ChunkClient {
  readonly #init: ChunkClientInit

  constructor(init: ChunkClientInit) {
    this.#init = init
  }

  /** Which chunks the holder has. @throws as request */
  async have(id: string): Promise<ChunkReply> {
    return ended(await this.#ask({ type: 'have', id }))
  }

  /** Says that this node has the whole payload. @throws as request */
  async holds(id: string): Promise<void> {
    await this.#ask({ type: 'holds', id })
  }

  /**
   * Goes on with a chunk where `partial` ends, and leaves there what came, whatever happens.
   *
   * @throws RefusedError `wrong-content` - the bytes do not have this digest; `malformed`, `too-large`
   * @throws NetworkTimeoutError - too slow
   * @throws BrokenStreamError - broke off
   */
  async request(id: string, digest: string, partial: PartialChunk): Promise<ChunkReply> {
    const offset = partial.filled
    const head = await this.#ask({ type: 'chunk', id, digest, offset })
    if (head.status !== 'ok') return ended(head)
    if (head.size !== partial.bytes.byteLength - offset) {
      throw new RefusedError(
        'malformed',
        'chunk reply',
        `${head.size} bytes instead of the rest of the chunk`,
      )
    }
    await this.#receive(partial)
    const found = partial.hash.copy().digest('hex')
    if (found === digest) return { status: 'ok', have: head.have }
    throw new RefusedError('wrong-content', 'chunk reply', `the bytes do not have the digest ${digest}`)
  }

  /** The stream, at rest, for somebody else to go on with; this client is used no more. */
  release(): Frames {
    return this.#init.frames
  }

  abort(error: Error): void {
    this.#init.frames.abort(error)
  }

  async #ask(request: ChunkRequest): Promise<ChunkReplyHead> {
    const { frames, timeouts } = this.#init
    await frames.write([encodeChunkRequest(request)])
    const head = decodeChunkReplyHead(await frames.read(timeouts.firstByteMs))
    if (head.status !== 'bad-request') return head
    throw new RefusedError('malformed', 'chunk reply', 'a good request was called a bad one')
  }

  async #receive(partial: PartialChunk): Promise<void> {
    const { frames, peer, timeouts, clock, down } = this.#init
    const { bytes, hash, senders } = partial
    let deadline = clock.now() + timeouts.chunkMs
    while (partial.filled < bytes.byteLength) {
      const length = Math.min(CHUNK_FRAME_BYTES, bytes.byteLength - partial.filled)
      deadline += await down.pay(length) // our own wait is not the holder's
      const left = deadline - clock.now()
      if (left <= 0) throw new NetworkTimeoutError('chunk reply', timeouts.chunkMs)
      const frame = await frames.read(Math.min(left, timeouts.idleMs))
      if (frame.byteLength !== length) {
        throw new RefusedError('malformed', 'chunk reply', 'a frame of wrong length')
      }
      bytes.set(frame, partial.filled)
      hash.update(frame)
      senders.add(peer)
      partial.filled += length
    }
  }
}

function ended({ status, have }: ChunkReplyHead): ChunkReply {
  if (status === 'bad-request')
    throw new RefusedError('malformed', 'chunk reply', 'a good request was refused')
  return { status, have }
}
