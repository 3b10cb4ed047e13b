import {
  INVENTORY_PROTOCOL,
  MAX_ADDRESSES_PER_PEER,
  MAX_ADDRESS_LENGTH,
  MAX_ENVELOPE_BYTES,
  MAX_ENVELOPES_PER_BATCH,
  MAX_IDS_PER_PAGE,
  MAX_INVENTORY_FRAME_BYTES,
  MAX_INVENTORY_STREAMS_PER_PEER,
  MAX_PEER_ID_LENGTH,
  MAX_RECEIPT_BYTES,
  MAX_TOLD_PEERS,
} from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { Protocol } from '../host/peer-host.ts'
import {
  bytesItem,
  decodeWire,
  digestBytes,
  digestsBytes,
  encodeWire,
  Fields,
  textItem,
} from '../wire/wire.ts'

export const INVENTORY: Protocol = {
  name: INVENTORY_PROTOCOL,
  maxFrameBytes: MAX_INVENTORY_FRAME_BYTES,
  maxBufferBytes: 2 * MAX_INVENTORY_FRAME_BYTES,
  maxStreamsPerPeer: MAX_INVENTORY_STREAMS_PER_PEER,
}

const OPERAND_REQUEST = 'inventory request'
const OPERAND_REPLY = 'inventory reply'
const MAX_CONSORTIUM_LENGTH = 256

/** Where a member was last known to listen. A lie costs a dial that fails, as noise proves who answers. */
export interface ToldPeer {
  readonly peer: string
  readonly addresses: readonly string[]
}

/** What one side has and how to reach it and others. */
export interface Greeting {
  /** sha2-256 over the ids offered, ascending; equal digests need no further word. */
  readonly digest: string
  readonly count: number
  readonly addresses: readonly string[]
  readonly peers: readonly ToldPeer[]
  /** Counter of the newest receipt of the listener that the speaker has, 0 for none. */
  readonly heard: number
  /** In a reply: the speaker's newest receipt, empty where `heard` of the request says that the asker has it. */
  readonly receipt: Uint8Array
}

export type InventoryRequest =
  /** `reciprocal`: asked because the other side's greeting differed; it must not be answered by another one. */
  | {
      readonly type: 'hello'
      readonly consortium: string
      readonly reciprocal: boolean
      readonly greeting: Greeting
    }
  /** The next page of ids above `after`, ascending; null for the first. */
  | { readonly type: 'ids'; readonly after: string | null }
  | { readonly type: 'get'; readonly ids: readonly string[] }

export type InventoryReply =
  | { readonly type: 'hello'; readonly greeting: Greeting }
  | { readonly type: 'ids'; readonly ids: readonly string[]; readonly more: boolean }
  /** Those of the ids asked for that are known and fit; at least one if any is known. */
  | { readonly type: 'envelopes'; readonly envelopes: readonly Uint8Array[] }
  | { readonly type: 'refused'; readonly reason: string }

export function encodeInventoryRequest(request: InventoryRequest): Uint8Array {
  return encodeWire(OPERAND_REQUEST, { v: 1, ...requestFields(request) }, MAX_INVENTORY_FRAME_BYTES)
}

function requestFields(request: InventoryRequest): object {
  switch (request.type) {
    case 'hello': {
      const { type, consortium, reciprocal, greeting } = request
      return { type, consortium, reciprocal, ...greetingFields(greeting) }
    }
    case 'ids':
      return {
        type: request.type,
        after: request.after === null ? new Uint8Array(0) : digestBytes(request.after),
      }
    case 'get':
      return { type: request.type, ids: digestsBytes(request.ids) }
  }
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeInventoryRequest(bytes: Uint8Array): InventoryRequest {
  return decodeWire(OPERAND_REQUEST, bytes, MAX_INVENTORY_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const type = fields.oneOf('type', ['hello', 'ids', 'get'])
    switch (type) {
      case 'hello':
        return {
          type,
          consortium: fields.text('consortium', MAX_CONSORTIUM_LENGTH),
          reciprocal: fields.flag('reciprocal'),
          greeting: readGreeting(fields),
        }
      case 'ids':
        return { type, after: fields.digests('after', 1)[0] ?? null }
      case 'get':
        return { type, ids: fields.digests('ids', MAX_ENVELOPES_PER_BATCH) }
    }
  })
}

export function encodeInventoryReply(reply: InventoryReply): Uint8Array {
  return encodeWire(OPERAND_REPLY, { v: 1, ...replyFields(reply) }, MAX_INVENTORY_FRAME_BYTES)
}

function replyFields(reply: InventoryReply): object {
  switch (reply.type) {
    case 'hello':
      return { type: reply.type, ...greetingFields(reply.greeting) }
    case 'ids':
      return { type: reply.type, ids: digestsBytes(reply.ids), more: reply.more }
    case 'envelopes':
      return { type: reply.type, envelopes: reply.envelopes }
    case 'refused':
      return { type: reply.type, reason: reply.reason }
  }
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeInventoryReply(bytes: Uint8Array): InventoryReply {
  return decodeWire(OPERAND_REPLY, bytes, MAX_INVENTORY_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const type = fields.oneOf('type', ['hello', 'ids', 'envelopes', 'refused'])
    switch (type) {
      case 'hello':
        return { type, greeting: readGreeting(fields) }
      case 'ids':
        return { type, ids: ascending(fields.digests('ids', MAX_IDS_PER_PAGE)), more: fields.flag('more') }
      case 'envelopes':
        return {
          type,
          envelopes: fields.list('envelopes', MAX_ENVELOPES_PER_BATCH, bytesItem(MAX_ENVELOPE_BYTES)),
        }
      case 'refused':
        return { type, reason: fields.text('reason', MAX_PEER_ID_LENGTH) }
    }
  })
}

function greetingFields(greeting: Greeting): object {
  return {
    digest: digestBytes(greeting.digest),
    count: greeting.count,
    addresses: greeting.addresses.slice(0, MAX_ADDRESSES_PER_PEER),
    peers: greeting.peers
      .slice(0, MAX_TOLD_PEERS)
      .map(({ peer, addresses }) => ({ peer, addresses: addresses.slice(0, MAX_ADDRESSES_PER_PEER) })),
    heard: greeting.heard,
    receipt: greeting.receipt,
  }
}

function readGreeting(fields: Fields): Greeting {
  return {
    digest: fields.digest('digest'),
    count: fields.integer('count', 0, Number.MAX_SAFE_INTEGER),
    addresses: fields.list('addresses', MAX_ADDRESSES_PER_PEER, textItem(MAX_ADDRESS_LENGTH)),
    peers: fields.list('peers', MAX_TOLD_PEERS, readToldPeer),
    heard: fields.integer('heard', 0, Number.MAX_SAFE_INTEGER),
    receipt: fields.bytes('receipt', 0, MAX_RECEIPT_BYTES),
  }
}

function readToldPeer(value: unknown, operand: string): ToldPeer {
  const fields = new Fields(operand, value)
  const told = {
    peer: fields.text('peer', MAX_PEER_ID_LENGTH),
    addresses: fields.list('addresses', MAX_ADDRESSES_PER_PEER, textItem(MAX_ADDRESS_LENGTH)),
  }
  fields.done()
  return told
}

/** Pages go upwards, so that a peer cannot lead the reader in circles. */
function ascending(ids: readonly string[]): readonly string[] {
  for (let i = 1; i < ids.length; i++) {
    if (ids[i - 1]! >= ids[i]!) throw new RefusedError('malformed', OPERAND_REPLY, 'ids are not ascending')
  }
  return ids
}
