import { closeSync, openSync, readSync } from 'node:fs'
import { sha256Hex } from '../merge/index.ts'
import type { ByteSource } from '../merge/index.ts'
import { CorruptChunkError } from './errors.ts'

/** A payload on disk: its chunks in order, every one but the last `chunkBytes` long. */
export interface ChunkedPayload {
  readonly size: number
  readonly chunkBytes: number
  readonly digests: readonly string[]
  readonly paths: readonly string[]
}

/**
 * Reads a payload from its chunk files, without holding it in memory. A chunk is checked against its digest the first time
 * that something in it is read, so nothing that rotted on disk enters a computation.
 *
 * Reads throw CorruptChunkError when a chunk is missing, short or has another digest.
 */
export function chunkSource(payload: ChunkedPayload): ByteSource {
  const verified = new Set<number>()
  const readFrom = (chunk: number, offset: number, target: Uint8Array): void => {
    const digest = payload.digests[chunk]!
    const whole = Math.min(payload.chunkBytes, payload.size - chunk * payload.chunkBytes)
    if (verified.has(chunk)) {
      readPart(payload.paths[chunk]!, digest, offset, target)
      return
    }
    const bytes = new Uint8Array(whole)
    readPart(payload.paths[chunk]!, digest, 0, bytes)
    if (sha256Hex(bytes) !== digest) {
      throw new CorruptChunkError(digest, 'the file holds other bytes')
    }
    verified.add(chunk)
    target.set(bytes.subarray(offset, offset + target.length))
  }
  const read = (offset: number, length: number): Uint8Array => {
    const result = new Uint8Array(length)
    for (let done = 0; done < length;) {
      const chunk = Math.floor((offset + done) / payload.chunkBytes)
      const within = offset + done - chunk * payload.chunkBytes
      const part = Math.min(length - done, payload.chunkBytes - within)
      readFrom(chunk, within, result.subarray(done, done + part))
      done += part
    }
    return result
  }
  return { size: payload.size, read }
}

function readPart(path: string, digest: string, offset: number, target: Uint8Array): void {
  let file
  try {
    file = openSync(path, 'r')
    for (let done = 0; done < target.length;) {
      const count = readSync(file, target, done, target.length - done, offset + done)
      if (count === 0) throw new CorruptChunkError(digest, `the file ends at byte ${offset + done}`)
      done += count
    }
  } catch (error) {
    if (error instanceof CorruptChunkError) throw error
    throw new CorruptChunkError(digest, (error as Error).message)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
