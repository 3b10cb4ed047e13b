import {
  CHUNK_FRAME_BYTES,
  CHUNK_PROTOCOL,
  CHUNK_REQUEST_RATE,
  MAX_CHUNK_BUFFER_BYTES,
  MAX_CHUNK_BYTES,
  MAX_CHUNK_STREAMS_PER_PEER,
} from '../constants.ts'
import type { Protocol } from '../host/peer-host.ts'
import { decodeWire, digestBytes, encodeWire } from '../wire/wire.ts'

export const CHUNKS: Protocol = {
  name: CHUNK_PROTOCOL,
  maxFrameBytes: CHUNK_FRAME_BYTES,
  maxBufferBytes: MAX_CHUNK_BUFFER_BYTES,
  maxStreamsPerPeer: MAX_CHUNK_STREAMS_PER_PEER,
  rate: CHUNK_REQUEST_RATE,
}

/** Heads are a few dozen bytes. */
const MAX_HEAD_BYTES = 256

export const CHUNK_STATUSES = ['ok', 'not-found', 'busy', 'bad-request'] as const
export type ChunkStatus = (typeof CHUNK_STATUSES)[number]

/** Says what follows: `size` bytes in frames of CHUNK_FRAME_BYTES when `ok`, nothing otherwise. */
export interface ChunkReplyHead {
  readonly status: ChunkStatus
  readonly size: number
}

export function encodeChunkRequest(digest: string): Uint8Array {
  return encodeWire('chunk request', { v: 1, digest: digestBytes(digest) }, MAX_HEAD_BYTES)
}

/** The digest asked for; @throws RefusedError `too-large`, `malformed` */
export function decodeChunkRequest(bytes: Uint8Array): string {
  return decodeWire('chunk request', bytes, MAX_HEAD_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return fields.digest('digest')
  })
}

export function encodeChunkReplyHead(head: ChunkReplyHead): Uint8Array {
  return encodeWire('chunk reply', { v: 1, status: head.status, size: head.size }, MAX_HEAD_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeChunkReplyHead(bytes: Uint8Array): ChunkReplyHead {
  return decodeWire('chunk reply', bytes, MAX_HEAD_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return {
      status: fields.oneOf('status', CHUNK_STATUSES),
      size: fields.integer('size', 0, MAX_CHUNK_BYTES),
    }
  })
}
