import type { ChunkReplyHead, ChunkRequest } from './chunk-messages.ts'
import { decodeChunkRequest, encodeChunkReplyHead } from './chunk-messages.ts'
import { chunkMap, isFull, type ChunkMap } from './chunk-map.ts'
import {
  CHUNK_FRAME_BYTES,
  CHUNK_TIMEOUT_MS,
  MAX_CHUNKS_PER_PAYLOAD,
  MAX_REQUESTS_PER_STREAM,
} from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Frames } from '../wire/frames.ts'
import type { Throttle } from '../wire/throttle.ts'
import type { ServingSlots } from './serving-slots.ts'
import type { GossipStore, Logger } from '../types.ts'

export interface ChunkServerInit {
  readonly store: Pick<GossipStore, 'getChunk' | 'hasChunk'>
  readonly logger: Logger
  readonly slots: Pick<ServingSlots, 'acquire'>
  /** Whether nothing is sent for now. @default never */
  readonly isQuiet?: (() => boolean) | undefined
  /** What may be sent. */
  readonly up: Pick<Throttle, 'pay'>
  /** Digests of the payload's chunks; undefined for a contribution that is not known. */
  chunksOf(id: string): Promise<readonly string[] | undefined>
  /** Whether the payload was here and has been let go. */
  isPruned(id: string): boolean
  /** A peer has asked for a payload that is not whole here. */
  onAsked(id: string, peer: string): void
  /** Bytes of a chunk have gone to a peer. It has asked for the chunk as one of contribution `id`, which nobody has checked. */
  onServed(peer: string, id: string, digest: string, bytes: number): void
  /** A peer says that it has the whole payload. */
  onHolds(id: string, peer: string): void
  /** A peer broke the protocol. */
  onViolation(peer: string, error: RefusedError): void
}

const NOTHING: ChunkMap = new Uint8Array(0)

/** Answers chunk requests, one after another on each stream, a bounded number at once, shared out among the members. */
export class ChunkServer {
  readonly #init: ChunkServerInit

  constructor(init: ChunkServerInit) {
    this.#init = init
  }

  /** Serves one inbound stream to its end; never throws. */
  async serve(frames: Frames, peer: string): Promise<void> {
    try {
      for (let served = 0; served < MAX_REQUESTS_PER_STREAM; served++) {
        // a reader with a limit of its own takes its time
        const request = await frames.readOrEnd(CHUNK_TIMEOUT_MS)
        if (request === undefined) break
        await this.#answer(frames, peer, decodeChunkRequest(request))
      }
    } catch (thrown) {
      await this.#fail(frames, peer, asError(thrown))
    } finally {
      await frames.close()
    }
  }

  async #answer(frames: Frames, peer: string, request: ChunkRequest): Promise<void> {
    switch (request.type) {
      case 'holds':
        this.#init.onHolds(request.id, peer)
        await frames.write([head('ok', NOTHING)])
        return
      case 'have':
        await frames.write([await this.#have(request.id, peer)])
        return
      case 'chunk':
        await this.#send(frames, peer, request)
    }
  }

  async #have(id: string, peer: string): Promise<Uint8Array> {
    const have = await this.#mapOf(id, peer)
    return head(have.some((byte) => byte !== 0) ? 'ok' : this.#absent(id), have)
  }

  async #send(
    frames: Frames,
    peer: string,
    request: Extract<ChunkRequest, { type: 'chunk' }>,
  ): Promise<void> {
    const { id, digest, offset } = request
    const release = await this.#init.slots.acquire(peer)
    try {
      const have = await this.#mapOf(id, peer)
      if (release === undefined || this.#init.isQuiet?.() === true) {
        await frames.write([head('busy', have)])
        return
      }
      const chunk = await this.#init.store.getChunk(digest)
      if (chunk === undefined || offset > chunk.byteLength) await frames.write([head(this.#absent(id), have)])
      else await this.#sendBytes(frames, peer, request, chunk.subarray(offset), have)
    } finally {
      release?.()
    }
  }

  async #sendBytes(
    frames: Frames,
    peer: string,
    { id, digest }: { readonly id: string; readonly digest: string },
    bytes: Uint8Array,
    have: ChunkMap,
  ): Promise<void> {
    await frames.write([encodeChunkReplyHead({ status: 'ok', size: bytes.byteLength, have })])
    let sent = 0
    try {
      for (let at = 0; at < bytes.byteLength; at += CHUNK_FRAME_BYTES) {
        const frame = bytes.subarray(at, at + CHUNK_FRAME_BYTES)
        await this.#init.up.pay(frame.byteLength)
        sent += frame.byteLength // of a write that fails a part may have gone
        await frames.write([frame])
      }
    } finally {
      if (sent > 0) this.#init.onServed(peer, id, digest, sent)
    }
  }

  #absent(id: string): ChunkReplyHead['status'] {
    return this.#init.isPruned(id) ? 'pruned' : 'not-found'
  }

  async #mapOf(id: string, peer: string): Promise<ChunkMap> {
    const init = this.#init
    const chunks = await init.chunksOf(id)
    if (chunks === undefined || chunks.length > MAX_CHUNKS_PER_PAYLOAD) {
      init.onAsked(id, peer)
      return NOTHING
    }
    const map = chunkMap(await Promise.all(chunks.map((digest) => init.store.hasChunk(digest))))
    if (!isFull(map, chunks.length)) init.onAsked(id, peer)
    return map
  }

  async #fail(frames: Frames, peer: string, error: Error): Promise<void> {
    if (error instanceof RefusedError) {
      this.#init.onViolation(peer, error)
      await frames.write([head('bad-request', NOTHING)]).catch(() => undefined) // who broke the protocol may be gone
      return
    }
    this.#init.logger.debug({ peer, err: error }, 'chunk stream broke off')
    frames.abort(error)
  }
}

function head(status: ChunkReplyHead['status'], have: ChunkMap): Uint8Array {
  return encodeChunkReplyHead({ status, size: 0, have })
}
