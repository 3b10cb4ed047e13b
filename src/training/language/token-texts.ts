import { DatasetError } from '../errors.ts'
import { recordStore } from '../data/record-store.ts'
import type { SampleSet } from '../data/samples.ts'

/**
 * Texts as rows of token ids, ready for batches: int32 little-endian records, as the text format reads them.
 *
 * @throws DatasetError ERR_NO_SAMPLES - there is no text, or one has no token to predict
 */
export function tokenTexts(rows: readonly (readonly number[])[]): SampleSet {
  if (rows.length === 0) throw new DatasetError('ERR_NO_SAMPLES', 'texts', 'there is no text to learn from')
  const store = recordStore()
  for (const [i, row] of rows.entries()) {
    if (row.length < 2) {
      throw new DatasetError(
        'ERR_NO_SAMPLES',
        'texts',
        `text ${i} has ${row.length} tokens; at least 2 are needed to predict one`,
      )
    }
    store.append(toRecord(row))
  }
  return { labels: new Int32Array(rows.length), sizes: store.sizes(), read: (index) => store.read(index) }
}

function toRecord(row: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(row.length * Int32Array.BYTES_PER_ELEMENT))
  row.forEach((id, i) => view.setInt32(i * Int32Array.BYTES_PER_ELEMENT, id, true))
  return new Uint8Array(view.buffer)
}
