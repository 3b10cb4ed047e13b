import { createHash } from 'node:crypto'
import { concat } from 'uint8arrays/concat'
import { toString } from 'uint8arrays/to-string'
import { RefusedError } from '../errors.ts'

/** Of sha2-256(peer id). Two members of one consortium share it by chance in one of 2^47 consortia of 256. */
const TAG_BYTES = 8
/** Sequence numbers end at 2^32 - 1; most significant byte first. */
const NUMBER_BYTES = 4
export const ENTRY_BYTES = TAG_BYTES + NUMBER_BYTES

/**
 * Which numbers a node holds, by author: tag and newest sequence number of each, one after another, ascending by tag. A quarter of
 * what names in full would take, since every node sends it to everybody after every merge.
 */
export type NewestNumbers = ReadonlyMap<string, number>

/** How numbers name an author: 16 hexadecimal digits. */
export function tagOf(peer: string): string {
  return createHash('sha256')
    .update(peer)
    .digest('hex')
    .slice(0, 2 * TAG_BYTES)
}

/** Packs the newest number by peer id; those that do not fit `maxEntries` are left out, the greatest tags first. */
export function packNumbers(newest: ReadonlyMap<string, number>, maxEntries: number): Uint8Array {
  const entries = [...newest].map(([peer, sequence]) => [tagOf(peer), sequence] as const)
  const kept = entries.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, maxEntries)
  return concat(
    kept.map(([tag, sequence]) => packEntry(tag, sequence)),
    kept.length * ENTRY_BYTES,
  )
}

function packEntry(tag: string, sequence: number): Uint8Array {
  const entry = Buffer.alloc(ENTRY_BYTES)
  entry.write(tag, 'hex')
  entry.writeUInt32BE(sequence, TAG_BYTES)
  return entry
}

/** By tag. @throws RefusedError `malformed` - a broken entry, or tags that do not go up */
export function unpackNumbers(bytes: Uint8Array, operand: string): NewestNumbers {
  if (bytes.byteLength % ENTRY_BYTES !== 0) {
    throw new RefusedError('malformed', operand, `newest is not a multiple of ${ENTRY_BYTES} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const numbers = new Map<string, number>()
  let last = ''
  for (let at = 0; at < bytes.byteLength; at += ENTRY_BYTES) {
    const tag = toString(bytes.subarray(at, at + TAG_BYTES), 'base16')
    if (tag <= last) throw new RefusedError('malformed', operand, 'newest is not ascending')
    numbers.set(tag, view.getUint32(at + TAG_BYTES))
    last = tag
  }
  return numbers
}
