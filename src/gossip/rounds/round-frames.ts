import {
  MAX_CERTIFICATE_BYTES,
  MAX_CUT_BYTES,
  MAX_ROUND,
  MAX_ROUND_FRAME_BYTES,
  MAX_ROUND_FRAME_ITEMS,
  MAX_ROUND_MESSAGE_BYTES,
  MAX_ROUND_REQUEST_BYTES,
} from '../constants.ts'
import { bytesItem, decodeWire, digestBytes, encodeWire } from '../wire/wire.ts'

/** Part of an answer to `what do you know from this round on`: certificates of rounds gone by, then cuts and words of the one under way. */
export interface RoundFrame {
  readonly certificates: readonly Uint8Array[]
  readonly cuts: readonly Uint8Array[]
  readonly messages: readonly Uint8Array[]
  /** In the last frame the round under way at the one who answers, else null: a stream that breaks off looks like one that has ended. */
  readonly end: number | null
}

/** What a node asks another. */
export interface RoundRequest {
  /** Certificates from here on are missing. */
  readonly round: number
  /** Digest of what is known of that round: to one who knows the same there is nothing to say. Null asks for all. */
  readonly known: string | null
}

export function encodeRoundRequest({ round, known }: RoundRequest): Uint8Array {
  const value = { v: 1, round, known: known === null ? null : digestBytes(known) }
  return encodeWire('round request', value, MAX_ROUND_REQUEST_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeRoundRequest(bytes: Uint8Array): RoundRequest {
  return decodeWire('round request', bytes, MAX_ROUND_REQUEST_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return { round: fields.integer('round', 0, MAX_ROUND + 1), known: fields.optionalDigest('known') }
  })
}

/** @throws RefusedError `too-large` */
export function encodeRoundFrame({ certificates, cuts, messages, end }: RoundFrame): Uint8Array {
  return encodeWire('round answer', { v: 1, certificates, cuts, messages, end }, MAX_ROUND_FRAME_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeRoundFrame(bytes: Uint8Array): RoundFrame {
  return decodeWire('round answer', bytes, MAX_ROUND_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return {
      certificates: fields.list('certificates', MAX_ROUND_FRAME_ITEMS, bytesItem(MAX_CERTIFICATE_BYTES)),
      cuts: fields.list('cuts', MAX_ROUND_FRAME_ITEMS, bytesItem(MAX_CUT_BYTES)),
      messages: fields.list('messages', MAX_ROUND_FRAME_ITEMS, bytesItem(MAX_ROUND_MESSAGE_BYTES)),
      end: fields.optionalInteger('end', 0, MAX_ROUND + 1),
    }
  })
}

/** As many frames as the sizes need, in order, none of them the last. */
export function* packFrames(of: Omit<RoundFrame, 'end'>): Generator<Uint8Array> {
  let frame = emptyFrame()
  let [size, items] = [0, 0]
  for (const kind of ['certificates', 'cuts', 'messages'] as const) {
    for (const bytes of of[kind]) {
      if (items > 0 && (size + bytes.length > ROOM || items === MAX_ROUND_FRAME_ITEMS)) {
        yield encodeRoundFrame(frame)
        frame = emptyFrame()
        ;[size, items] = [0, 0]
      }
      frame[kind].push(bytes)
      size += bytes.length
      items++
    }
  }
  if (items > 0) yield encodeRoundFrame(frame)
}

/** Beside the heads of lists and of items, some 6 bytes each. */
const ROOM = MAX_ROUND_FRAME_BYTES - 8 * MAX_ROUND_FRAME_ITEMS

interface GrowingFrame extends RoundFrame {
  readonly certificates: Uint8Array[]
  readonly cuts: Uint8Array[]
  readonly messages: Uint8Array[]
}

function emptyFrame(): GrowingFrame {
  return { certificates: [], cuts: [], messages: [], end: null }
}
