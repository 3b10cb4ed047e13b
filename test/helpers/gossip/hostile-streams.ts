import { encode as cbor } from '@ipld/dag-cbor'
import { noise } from './contributions.ts'
import { frame } from './frame.ts'

/** What no honest peer writes on a stream, and the reason that it is refused for; null where nothing can be said to it. */
export const HOSTILE_STREAMS: Record<string, { bytes: Uint8Array; reason: string | null }> = {
  nothing: { bytes: new Uint8Array(0), reason: null },
  'an empty frame': { bytes: frame(new Uint8Array(0)), reason: 'malformed' },
  'noise in a frame': { bytes: frame(noise(200, 'noise')), reason: 'malformed' },
  'raw noise': { bytes: noise(3000, 'raw noise'), reason: null },
  'a frame cut off': { bytes: frame(noise(200, 'cut')).subarray(0, 50), reason: null },
  'a declared gigabyte': { bytes: Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x04, 1, 2), reason: 'too-large' },
  'a wrong version': {
    bytes: frame(cbor({ v: 2, type: 'ranges', set: 'contributions', ranges: [] })),
    reason: 'malformed',
  },
  'an unknown field': {
    bytes: frame(cbor({ v: 1, type: 'ranges', set: 'x', ranges: [], digest: new Uint8Array(32), more: 1 })),
    reason: 'malformed',
  },
  'a list instead of a map': { bytes: frame(cbor([1, 2, 3])), reason: 'malformed' },
  'deep nesting': { bytes: frame(new Uint8Array(100_000).fill(0x81)), reason: null },
}
