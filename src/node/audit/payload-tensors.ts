import { createHash } from 'node:crypto'
import { openSafetensors, type PayloadRef, type SafetensorsEntry } from '../../merge/index.ts'
import type { FactsOf } from './audit-kinds.ts'

export type PayloadTensor = NonNullable<FactsOf<'contribution-published'>['tensors']>[number]

/** What gives a chunk by its digest; undefined where it is not here. */
export type ChunkReader = (digest: string) => Promise<Uint8Array | undefined>

/**
 * Name, type, shape, bytes and digest of every tensor of a payload, in the order of their bytes. Chunks are read one after the other, so that
 * memory holds one beside the header and nobody waits for longer than hashing one takes. Null where a chunk is not here.
 *
 * @throws MalformedError - no safetensors file
 */
export async function payloadTensors(
  payload: PayloadRef,
  read: ChunkReader,
): Promise<readonly PayloadTensor[] | null> {
  const entries = await readEntries(payload, read)
  if (entries === null) return null
  const tensors: PayloadTensor[] = []
  const hashes = new TensorHashes(entries, (tensor) => tensors.push(tensor))
  for (const digest of payload.chunks) {
    const chunk = await read(digest)
    if (chunk === undefined) return null
    hashes.next(chunk)
  }
  return tensors
}

type Entries = readonly (readonly [name: string, entry: SafetensorsEntry])[]

async function readEntries({ size, chunks }: PayloadRef, read: ChunkReader): Promise<Entries | null> {
  let start: Uint8Array = new Uint8Array(0)
  for (const digest of chunks) {
    const chunk = await read(digest)
    if (chunk === undefined) return null
    start = Buffer.concat([start, chunk])
    if (start.length >= headerEnd(start)) break
  }
  const source = { size, read: (at: number, length: number) => start.subarray(at, at + length) }
  const { entries } = openSafetensors(source, 'own payload')
  return [...entries].sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength)
}

/** Where the header of a safetensors file ends, as its first eight bytes say. */
function headerEnd(start: Uint8Array): number {
  if (start.length < 8) return 8
  return 8 + Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true))
}

/** Digests of tensors that lie one behind the other, from bytes that come piece by piece. */
class TensorHashes {
  readonly #entries: Entries
  readonly #onTensor: (tensor: PayloadTensor) => void
  #next = 0
  #hash = createHash('sha256')
  /** Of the first byte of the next piece. */
  #at = 0

  constructor(entries: Entries, onTensor: (tensor: PayloadTensor) => void) {
    this.#entries = entries
    this.#onTensor = onTensor
  }

  next(piece: Uint8Array): void {
    const end = this.#at + piece.length
    for (; this.#next < this.#entries.length; this.#next++) {
      const [name, { type, shape, offset, byteLength: bytes }] = this.#entries[this.#next]!
      this.#hash.update(
        piece.subarray(Math.max(0, offset - this.#at), Math.max(0, offset + bytes - this.#at)),
      )
      if (offset + bytes > end) break // the rest is in the next piece
      this.#onTensor({ name, type, shape: [...shape], bytes, digest: this.#hash.digest('hex') })
      this.#hash = createHash('sha256')
    }
    this.#at = end
  }
}
