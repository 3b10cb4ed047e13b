import {
  MAX_ADDRESSES_PER_PEER,
  MAX_ADDRESS_LENGTH,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_RECEIPT_BYTES,
} from '../constants.ts'
import { decodeWire, encodeWire, type Fields, textItem } from '../wire/wire.ts'

/** Whose signer (gossipsub's StrictSign) has this contribution and is to be found there. */
export interface ContributionNews {
  readonly type: 'contribution'
  /** Encoded envelope. */
  readonly envelope: Uint8Array
  /** Multiaddrs of the announcer, since gossip alone tells a name and not a way to it. */
  readonly addresses: readonly string[]
  /** Whether the announcer holds the whole payload. */
  readonly holder: boolean
}

/** What the announcer has merged and holds. */
export interface ReceiptNews {
  readonly type: 'receipt'
  /** Encoded, with its own signature. */
  readonly receipt: Uint8Array
}

/** Something has been said in the ledger. */
export interface StatementNews {
  readonly type: 'statement'
  /** Encoded, with its own signature. */
  readonly statement: Uint8Array
}

/** Its signer says something in the round under way. */
export interface RoundNews {
  readonly type: 'round'
  /** Encoded, with its own signature. */
  readonly word: Uint8Array
}

/** One gossip message. */
export type Announcement = ContributionNews | ReceiptNews | StatementNews | RoundNews

/** @throws RefusedError `too-large` - such an envelope or statement is found by reconciliation, such a word by asking */
export function encodeAnnouncement(announcement: Announcement): Uint8Array {
  return encodeWire('announcement', { v: 1, ...fieldsOf(announcement) }, MAX_ANNOUNCEMENT_BYTES)
}

function fieldsOf(announcement: Announcement): object {
  switch (announcement.type) {
    case 'contribution': {
      const { type, envelope, addresses, holder } = announcement
      return { type, envelope, addresses: addresses.slice(0, MAX_ADDRESSES_PER_PEER), holder }
    }
    case 'receipt':
      return { type: announcement.type, receipt: announcement.receipt }
    case 'statement':
      return { type: announcement.type, statement: announcement.statement }
    case 'round':
      return { type: announcement.type, word: announcement.word }
  }
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeAnnouncement(bytes: Uint8Array): Announcement {
  return decodeWire('announcement', bytes, MAX_ANNOUNCEMENT_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return readNews(fields)
  })
}

function readNews(fields: Fields): Announcement {
  const type = fields.oneOf('type', ['contribution', 'receipt', 'statement', 'round'])
  switch (type) {
    case 'contribution':
      return {
        type,
        envelope: fields.bytes('envelope', 1, MAX_ANNOUNCEMENT_BYTES),
        addresses: fields.list('addresses', MAX_ADDRESSES_PER_PEER, textItem(MAX_ADDRESS_LENGTH)),
        holder: fields.flag('holder'),
      }
    case 'receipt':
      return { type, receipt: fields.bytes('receipt', 1, MAX_RECEIPT_BYTES) }
    case 'statement':
      return { type, statement: fields.bytes('statement', 1, MAX_ANNOUNCEMENT_BYTES) }
    case 'round':
      return { type, word: fields.bytes('word', 1, MAX_ANNOUNCEMENT_BYTES) }
  }
}
