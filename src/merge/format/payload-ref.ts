import { CHUNK_BYTES, MAX_PAYLOAD_BYTES } from '../constants.ts'
import { MalformedError } from '../../errors.ts'
import { sha256Hex } from './sha256.ts'
import type { PayloadRef } from '../types.ts'

/** Chunks of a payload of that many bytes. */
export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_BYTES)
}

/** The payload in pieces of 1 MiB, the last one shorter; views into `bytes`, not copies. */
export function payloadChunks(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: chunkCount(bytes.length) }, (_, i) =>
    bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES),
  )
}

/**
 * Digest of the whole payload and of each chunk.
 *
 * @throws MalformedError - empty, or larger than the largest payload
 */
export function payloadRef(bytes: Uint8Array): PayloadRef {
  if (bytes.length === 0 || bytes.length > MAX_PAYLOAD_BYTES) {
    throw new MalformedError('payload', `${bytes.length} bytes, expected 1 to ${MAX_PAYLOAD_BYTES}`, {
      reason: 'payload-size',
    })
  }
  const digest = sha256Hex(bytes)
  const chunks = payloadChunks(bytes)
  return { digest, size: bytes.length, chunks: chunks.length === 1 ? [digest] : chunks.map(sha256Hex) }
}
