import {
  MAX_ADDRESSES_PER_PEER,
  MAX_ADDRESS_LENGTH,
  MAX_PEER_ID_LENGTH,
  MAX_RECEIPT_BYTES,
  MAX_SET_NAME_LENGTH,
  MAX_SYNC_SETS,
  MAX_TOLD_PEERS,
} from '../constants.ts'
import { digestBytes, Fields, textItem } from '../wire/wire.ts'

/** Where a member was last known to listen. A lie costs a dial that fails, as noise proves who answers. */
export interface ToldPeer {
  readonly peer: string
  readonly addresses: readonly string[]
}

/** What one side offers of one set. */
export interface SetSummary {
  readonly name: string
  /** See `setDigest`; equal digests need no further word. */
  readonly digest: string
  readonly count: number
}

/** What one side has and how to reach it and others. */
export interface Greeting {
  readonly sets: readonly SetSummary[]
  readonly addresses: readonly string[]
  readonly peers: readonly ToldPeer[]
  /** Highest sequence number that the speaker has seen signed by the listener; 0 for none. */
  readonly yourSequence: number
  /** Head of the speaker's ledger; null where there is none. */
  readonly ledgerHead: string | null
  /** Counter of the newest receipt of the listener that the speaker has, 0 for none. */
  readonly heard: number
  /** In an answer: the speaker's newest receipt, empty where `heard` of the request says that the asker has it. */
  readonly receipt: Uint8Array
}

const NONE = new Uint8Array(0)

export function greetingFields(greeting: Greeting): object {
  return {
    sets: greeting.sets.map(({ name, digest, count }) => ({ name, digest: digestBytes(digest), count })),
    addresses: greeting.addresses.slice(0, MAX_ADDRESSES_PER_PEER),
    peers: greeting.peers
      .slice(0, MAX_TOLD_PEERS)
      .map(({ peer, addresses }) => ({ peer, addresses: addresses.slice(0, MAX_ADDRESSES_PER_PEER) })),
    yourSequence: greeting.yourSequence,
    ledgerHead: greeting.ledgerHead === null ? NONE : digestBytes(greeting.ledgerHead),
    heard: greeting.heard,
    receipt: greeting.receipt,
  }
}

export function readGreeting(fields: Fields): Greeting {
  return {
    sets: fields.list('sets', MAX_SYNC_SETS, readSummary),
    addresses: fields.list('addresses', MAX_ADDRESSES_PER_PEER, textItem(MAX_ADDRESS_LENGTH)),
    peers: fields.list('peers', MAX_TOLD_PEERS, readToldPeer),
    yourSequence: fields.integer('yourSequence', 0, Number.MAX_SAFE_INTEGER),
    ledgerHead: fields.digests('ledgerHead', 1)[0] ?? null,
    heard: fields.integer('heard', 0, Number.MAX_SAFE_INTEGER),
    receipt: fields.bytes('receipt', 0, MAX_RECEIPT_BYTES),
  }
}

function readSummary(value: unknown, operand: string): SetSummary {
  const fields = new Fields(operand, value)
  const summary = {
    name: fields.text('name', MAX_SET_NAME_LENGTH),
    digest: fields.digest('digest'),
    count: fields.integer('count', 0, Number.MAX_SAFE_INTEGER),
  }
  fields.done()
  return summary
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
