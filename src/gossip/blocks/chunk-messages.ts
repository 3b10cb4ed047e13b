import {
  CHUNK_FRAME_BYTES,
  CHUNK_PROTOCOL,
  CHUNK_REQUEST_RATE,
  MAX_CHUNK_BUFFER_BYTES,
  MAX_CHUNK_BYTES,
  MAX_CHUNK_STREAMS_PER_PEER,
  MAX_CHUNKS_PER_PAYLOAD,
} from '../constants.ts'
import type { Protocol } from '../host/peer-host.ts'
import { decodeWire, digestBytes, encodeWire } from '../wire/wire.ts'
import type { ChunkMap } from './chunk-map.ts'

export const CHUNKS: Protocol = {
  name: CHUNK_PROTOCOL,
  maxFrameBytes: CHUNK_FRAME_BYTES,
  maxBufferBytes: MAX_CHUNK_BUFFER_BYTES,
  maxStreamsPerPeer: MAX_CHUNK_STREAMS_PER_PEER,
  rate: CHUNK_REQUEST_RATE,
}

const MAX_MAP_BYTES = MAX_CHUNKS_PER_PAYLOAD / 8
/** A map, and a few dozen bytes around it. */
const MAX_HEAD_BYTES = MAX_MAP_BYTES + 128

const REQUEST_TYPES = ['chunk', 'have', 'holds'] as const

/**
 * `chunk`: the bytes of a chunk of contribution `id` from `offset` on. `have`: only which chunks the other side has. `holds`: the
 * asker has the whole payload by now. `id` is that of the contribution.
 */
export type ChunkRequest =
  | { readonly type: 'chunk'; readonly id: string; readonly digest: string; readonly offset: number }
  | { readonly type: 'have' | 'holds'; readonly id: string }

export const CHUNK_STATUSES = ['ok', 'not-found', 'pruned', 'busy', 'bad-request'] as const
export type ChunkStatus = (typeof CHUNK_STATUSES)[number]

/** Says what follows: `size` bytes in frames of CHUNK_FRAME_BYTES when `ok`, nothing otherwise. */
export interface ChunkReplyHead {
  readonly status: ChunkStatus
  readonly size: number
  /** What the other side has of the payload by now; empty where it has nothing or does not know it. */
  readonly have: ChunkMap
}

export function encodeChunkRequest(request: ChunkRequest): Uint8Array {
  const { type } = request
  const id = digestBytes(request.id)
  const fields =
    type === 'chunk'
      ? { v: 1, type, id, digest: digestBytes(request.digest), offset: request.offset }
      : { v: 1, type, id }
  return encodeWire('chunk request', fields, MAX_HEAD_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeChunkRequest(bytes: Uint8Array): ChunkRequest {
  return decodeWire('chunk request', bytes, MAX_HEAD_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const type = fields.oneOf('type', REQUEST_TYPES)
    const id = fields.digest('id')
    if (type !== 'chunk') return { type, id }
    return { type, id, digest: fields.digest('digest'), offset: fields.integer('offset', 0, MAX_CHUNK_BYTES) }
  })
}

export function encodeChunkReplyHead({ status, size, have }: ChunkReplyHead): Uint8Array {
  return encodeWire('chunk reply', { v: 1, status, size, have }, MAX_HEAD_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeChunkReplyHead(bytes: Uint8Array): ChunkReplyHead {
  return decodeWire('chunk reply', bytes, MAX_HEAD_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return {
      status: fields.oneOf('status', CHUNK_STATUSES),
      size: fields.integer('size', 0, MAX_CHUNK_BYTES),
      have: fields.bytes('have', 0, MAX_MAP_BYTES),
    }
  })
}
