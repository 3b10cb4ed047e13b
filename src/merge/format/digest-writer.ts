import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { compareCodeUnits } from '../units/canonical-order.ts'
import { littleEndianBytes } from './little-endian.ts'
import { createSha256 } from './sha256.ts'
import type { Tensor, TensorMap } from '../types.ts'

/** Feeds a sha2-256 with self-delimiting fields, so that no two different lists of fields give the same bytes. */
export interface DigestWriter {
  /** u32 little-endian. */
  integer(value: number): DigestWriter
  /** Length (u32), then the bytes. */
  bytes(value: Uint8Array): DigestWriter
  /** UTF-8, as `bytes`. */
  text(value: string): DigestWriter
  /** Number of dimensions (u32), each (u32), then the entries as float32 little-endian. */
  tensor(value: Tensor): DigestWriter
  /** Number of tensors (u32), then name and tensor of each, names ascending by code units. */
  tensors(value: TensorMap): DigestWriter
  /** Lower-case hex. Ends the writer. */
  digest(): string
}

/** `domain` says what is digested and in which layout; it is the first field. */
export function digestWriter(domain: string): DigestWriter {
  const hash = createSha256()
  const word = new Uint8Array(4)
  const writer: DigestWriter = {
    integer(value) {
      new DataView(word.buffer).setUint32(0, value, true)
      hash.update(word)
      return writer
    },
    bytes(value) {
      writer.integer(value.length)
      hash.update(value)
      return writer
    },
    text: (value) => writer.bytes(utf8ToBytes(value)),
    tensor({ shape, data }) {
      writer.integer(shape.length)
      for (const size of shape) writer.integer(size)
      hash.update(littleEndianBytes(data))
      return writer
    },
    tensors(value) {
      writer.integer(value.size)
      const sorted = [...value].sort(([a], [b]) => compareCodeUnits(a, b))
      for (const [name, tensor] of sorted) writer.text(name).tensor(tensor)
      return writer
    },
    digest: () => bytesToHex(hash.digest()),
  }
  return writer.text(domain)
}
