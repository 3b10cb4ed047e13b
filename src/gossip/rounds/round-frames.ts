import {
  MAX_CERTIFICATE_BYTES,
  MAX_CUT_BYTES,
  MAX_ROUND,
  MAX_ROUND_FRAME_BYTES,
  MAX_ROUND_FRAME_ITEMS,
  MAX_ROUND_MESSAGE_BYTES,
} from '../constants.ts'
import { bytesItem, decodeWire, encodeWire } from '../wire/wire.ts'

/** Part of an answer to `what do you know from this round on`: certificates of rounds gone by, then cuts and words of the one under way. */
export interface RoundFrame {
  readonly certificates: readonly Uint8Array[]
  readonly cuts: readonly Uint8Array[]
  readonly messages: readonly Uint8Array[]
}

export function encodeRoundRequest(round: number): Uint8Array {
  return encodeWire('round request', { v: 1, round }, MAX_ROUND_FRAME_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeRoundRequest(bytes: Uint8Array): number {
  return decodeWire('round request', bytes, MAX_ROUND_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return fields.integer('round', 0, MAX_ROUND + 1)
  })
}

/** @throws RefusedError `too-large` */
export function encodeRoundFrame({ certificates, cuts, messages }: RoundFrame): Uint8Array {
  return encodeWire('round answer', { v: 1, certificates, cuts, messages }, MAX_ROUND_FRAME_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeRoundFrame(bytes: Uint8Array): RoundFrame {
  return decodeWire('round answer', bytes, MAX_ROUND_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return {
      certificates: fields.list('certificates', MAX_ROUND_FRAME_ITEMS, bytesItem(MAX_CERTIFICATE_BYTES)),
      cuts: fields.list('cuts', MAX_ROUND_FRAME_ITEMS, bytesItem(MAX_CUT_BYTES)),
      messages: fields.list('messages', MAX_ROUND_FRAME_ITEMS, bytesItem(MAX_ROUND_MESSAGE_BYTES)),
    }
  })
}

/** As many frames as the sizes need, in order. */
export function* packFrames(of: RoundFrame): Generator<Uint8Array> {
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

function emptyFrame(): { certificates: Uint8Array[]; cuts: Uint8Array[]; messages: Uint8Array[] } {
  return { certificates: [], cuts: [], messages: [] }
}
