import type { RecordStore } from './record-store.ts'
import type { SampleFeeds, SampleFormat, SampleSet } from './samples.ts'

const HEADER_BYTES = 4

/** Where in a batch one kept activation of a sample goes. */
export interface KeptFeed {
  readonly name: string
  /** Floats of one sample in a batch of this extent. */
  readonly floats: (extent: number) => number
}

/** A sample's record and what is kept of it, as one record: bytes of the sample's own, those, zeros up to a multiple of 4, floats. */
export function keptRecord(record: Uint8Array, kept: readonly Float32Array[]): Uint8Array {
  const start = floatsStart(record.length)
  const floats = kept.reduce((sum, { length }) => sum + length, 0)
  const bytes = new Uint8Array(start + 4 * floats)
  new DataView(bytes.buffer).setUint32(0, record.length, true)
  bytes.set(record, HEADER_BYTES)
  let at = start
  for (const data of kept) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

/** The samples of a set with what is kept of them; `places[i]` is where sample i stands in the store. Sizes are those of the samples' own. */
export function keptSamples(set: SampleSet, store: RecordStore, places: Int32Array): SampleSet {
  return { labels: set.labels, sizes: set.sizes, read: (index) => store.read(places[index]!) }
}

/** Feeds records of `keptRecord` into batches: the sample's own inputs as its format does, and each kept activation. */
export function keptFormat(format: SampleFormat, kept: readonly KeptFeed[]): SampleFormat {
  return {
    encode: (source) => format.encode(source),
    extentOf: (bytes) => format.extentOf(bytes),
    feeds: (size, extent) => ({
      ...format.feeds(size, extent),
      ...Object.fromEntries(kept.map(({ name, floats }) => [name, new Float32Array(size * floats(extent))])),
    }),
    write: (bytes, feeds, row, extent) => {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
      format.write(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length), feeds, row, extent)
      writeKept(bytes, length, format.extentOf(length), kept, feeds, row, extent)
    },
  }
}

/** A text in a batch of longer ones fills the beginning of its place; the rest stays zero and is masked. */
function writeKept(
  bytes: Uint8Array,
  length: number,
  ownExtent: number,
  kept: readonly KeptFeed[],
  feeds: SampleFeeds,
  row: number,
  extent: number,
): void {
  let at = floatsStart(length)
  for (const { name, floats } of kept) {
    const place = feeds[name]!
    const target = new Uint8Array(place.buffer, place.byteOffset + 4 * row * floats(extent))
    const size = 4 * floats(ownExtent)
    target.set(bytes.subarray(at, at + size))
    at += size
  }
}

function floatsStart(length: number): number {
  return HEADER_BYTES + 4 * Math.ceil(length / 4)
}
