import type { SampleFormat } from '../samples.ts'
import { bucketOf, chooseBuckets, LADDER } from './length-buckets.ts'
import type { TextTokenizer } from './tokenizer/text-tokenizer.ts'

const BYTES = Int32Array.BYTES_PER_ELEMENT

/**
 * Texts: records of token ids, int32 little-endian; `tokens` (batch, length) and `mask` (batch, length), 1 for a token, 0 for filling.
 * A row without a text counts as one filling token, so that means over the tokens stay finite.
 *
 * @param extent - most tokens of a text
 */
export function textFormat(tokenizer: TextTokenizer, extent: number): SampleFormat {
  const cut = { count: 0 }
  const buckets = [...LADDER.filter((length) => length < extent), extent]
  return formatOf(tokenizer, buckets, cut)
}

function formatOf(
  tokenizer: TextTokenizer,
  buckets: readonly number[],
  cut: { count: number },
): SampleFormat {
  return {
    encode: (text) => {
      const { ids, isCut } = tokenizer.encode(text)
      if (isCut) cut.count += 1
      return Promise.resolve(toRecord(ids))
    },
    get cut() {
      return cut.count
    },
    extentOf: (bytes) => bucketOf(bytes / BYTES, buckets),
    fitted: (sizes) => {
      const lengths = sizes.map((set) => set.map((bytes) => bytes / BYTES))
      return formatOf(tokenizer, chooseBuckets(lengths, buckets.at(-1)!), cut)
    },
    feeds: (size, length) => {
      const mask = new Float32Array(size * length)
      for (let row = 0; row < size; row++) mask[row * length] = 1
      return { tokens: new Int32Array(size * length).fill(tokenizer.padId), mask }
    },
    write: (record, { tokens, mask }, row, length) => {
      const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
      const count = record.byteLength / BYTES
      for (let i = 0; i < count; i++) tokens![row * length + i] = view.getInt32(i * BYTES, true)
      mask!.fill(1, row * length, row * length + count)
    },
  }
}

function toRecord(ids: Int32Array): Uint8Array {
  const record = new Uint8Array(ids.length * BYTES)
  const view = new DataView(record.buffer)
  ids.forEach((id, i) => view.setInt32(i * BYTES, id, true))
  return record
}
