import {
  MAX_ENVELOPE_BYTES,
  MAX_ENVELOPES_PER_BATCH,
  MAX_PEER_ID_LENGTH,
  MAX_RANGES_PER_MESSAGE,
  MAX_SET_NAME_LENGTH,
  MAX_SYNC_FRAME_BYTES,
  MAX_SYNC_STREAMS_PER_PEER,
  SYNC_NONCE_BYTES,
  SYNC_PROTOCOL,
} from '../constants.ts'
import type { Protocol } from '../host/peer-host.ts'
import { bytesItem, decodeWire, digestsBytes, encodeWire } from '../wire/wire.ts'
import { type Greeting, greetingFields, readGreeting } from './greeting.ts'
import { joinPieces, readAnswer, readPiece, wirePart, wirePieces } from './range-codec.ts'
import type { Part, Piece } from './ranges.ts'

const OPERAND_REQUEST = 'sync request'
const OPERAND_REPLY = 'sync reply'
const MAX_CONSORTIUM_LENGTH = 256

export const SYNC: Protocol = {
  name: SYNC_PROTOCOL,
  maxFrameBytes: MAX_SYNC_FRAME_BYTES,
  maxBufferBytes: 2 * MAX_SYNC_FRAME_BYTES,
  maxStreamsPerPeer: MAX_SYNC_STREAMS_PER_PEER,
}

/** Envelopes or statements that the other side asked for, and ids that it is asked for in turn. */
export interface TransferMessage {
  readonly type: 'transfer'
  readonly set: string
  readonly give: readonly Uint8Array[]
  readonly want: readonly string[]
}

export type SyncRequest =
  | {
      readonly type: 'hello'
      readonly consortium: string
      readonly nonce: Uint8Array
      readonly greeting: Greeting
    }
  /** Ascending and apart. */
  | { readonly type: 'ranges'; readonly set: string; readonly pieces: readonly Piece[] }
  | TransferMessage

export type SyncReply =
  | { readonly type: 'hello'; readonly nonce: Uint8Array; readonly greeting: Greeting }
  /** To the first of the pieces asked, as many as fit; an empty answer ends a range. */
  | { readonly type: 'ranges'; readonly answers: readonly (readonly Part[])[] }
  | TransferMessage
  | { readonly type: 'refused'; readonly reason: string }

export function encodeSyncRequest(request: SyncRequest): Uint8Array {
  return encodeWire(OPERAND_REQUEST, { v: 1, ...requestFields(request) }, MAX_SYNC_FRAME_BYTES)
}

function requestFields(request: SyncRequest): object {
  switch (request.type) {
    case 'hello': {
      const { type, consortium, nonce, greeting } = request
      return { type, consortium, nonce, ...greetingFields(greeting) }
    }
    case 'ranges':
      return { type: request.type, set: request.set, ranges: wirePieces(request.pieces) }
    case 'transfer':
      return transferFields(request)
  }
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeSyncRequest(bytes: Uint8Array): SyncRequest {
  return decodeWire(OPERAND_REQUEST, bytes, MAX_SYNC_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const type = fields.oneOf('type', ['hello', 'ranges', 'transfer'])
    switch (type) {
      case 'hello':
        return {
          type,
          consortium: fields.text('consortium', MAX_CONSORTIUM_LENGTH),
          nonce: fields.bytes('nonce', SYNC_NONCE_BYTES, SYNC_NONCE_BYTES),
          greeting: readGreeting(fields),
        }
      case 'ranges': {
        const set = fields.text('set', MAX_SET_NAME_LENGTH)
        return { type, set, pieces: joinPieces(fields.list('ranges', MAX_RANGES_PER_MESSAGE, readPiece)) }
      }
      case 'transfer':
        return { type, ...readTransfer(fields) }
    }
  })
}

export function encodeSyncReply(reply: SyncReply): Uint8Array {
  return encodeWire(OPERAND_REPLY, { v: 1, ...replyFields(reply) }, MAX_SYNC_FRAME_BYTES)
}

function replyFields(reply: SyncReply): object {
  switch (reply.type) {
    case 'hello':
      return { type: reply.type, nonce: reply.nonce, ...greetingFields(reply.greeting) }
    case 'ranges':
      return { type: reply.type, answers: reply.answers.map((answer) => answer.map(wirePart)) }
    case 'transfer':
      return transferFields(reply)
    case 'refused':
      return { type: reply.type, reason: reply.reason }
  }
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeSyncReply(bytes: Uint8Array): SyncReply {
  return decodeWire(OPERAND_REPLY, bytes, MAX_SYNC_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const type = fields.oneOf('type', ['hello', 'ranges', 'transfer', 'refused'])
    switch (type) {
      case 'hello':
        return {
          type,
          nonce: fields.bytes('nonce', SYNC_NONCE_BYTES, SYNC_NONCE_BYTES),
          greeting: readGreeting(fields),
        }
      case 'ranges':
        return { type, answers: fields.list('answers', MAX_RANGES_PER_MESSAGE, readAnswer) }
      case 'transfer':
        return { type, ...readTransfer(fields) }
      case 'refused':
        return { type, reason: fields.text('reason', MAX_PEER_ID_LENGTH) }
    }
  })
}

function transferFields({ type, set, give, want }: TransferMessage): object {
  return { type, set, give, want: digestsBytes(want) }
}

type FieldReader = Parameters<Parameters<typeof decodeWire>[3]>[0]

function readTransfer(fields: FieldReader): Omit<TransferMessage, 'type'> {
  return {
    set: fields.text('set', MAX_SET_NAME_LENGTH),
    give: fields.list('give', MAX_ENVELOPES_PER_BATCH, bytesItem(MAX_ENVELOPE_BYTES)),
    want: fields.digests('want', MAX_ENVELOPES_PER_BATCH),
  }
}
