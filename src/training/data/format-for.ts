import type { SampleFormat } from './samples.ts'

/** Fewer texts than this tell too little of those to come. */
const ENOUGH = 256

/**
 * Batches of the extents that suit these samples, once there are enough of them to go by; longer ones have the extents that they had before.
 * What comes out is not fitted again, since each extent is one more compiled graph.
 */
export function formatFor(format: SampleFormat, sizes: Int32Array): SampleFormat {
  const suited = sizes.length < ENOUGH ? undefined : format.fitted?.([sizes])
  if (suited === undefined) return format
  const longest = sizes.reduce((most, bytes) => Math.max(most, bytes), 0)
  return {
    encode: (source) => format.encode(source),
    extentOf: (bytes) => (bytes <= longest ? suited : format).extentOf(bytes),
    feeds: (size, extent) => format.feeds(size, extent),
    write: (record, feeds, row, extent) => format.write(record, feeds, row, extent),
  }
}
