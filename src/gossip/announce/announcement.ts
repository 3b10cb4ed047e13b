import { MAX_ADDRESSES_PER_PEER, MAX_ADDRESS_LENGTH, MAX_ANNOUNCEMENT_BYTES } from '../constants.ts'
import { decodeWire, encodeWire, textItem } from '../wire/wire.ts'

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

/** One gossip message. */
export type Announcement = ContributionNews

/** @throws RefusedError `too-large` - such an envelope is found by reconciliation */
export function encodeAnnouncement(announcement: Announcement): Uint8Array {
  const { type, envelope, addresses, holder } = announcement
  const told = addresses.slice(0, MAX_ADDRESSES_PER_PEER)
  return encodeWire('announcement', { v: 1, type, envelope, addresses: told, holder }, MAX_ANNOUNCEMENT_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeAnnouncement(bytes: Uint8Array): Announcement {
  return decodeWire('announcement', bytes, MAX_ANNOUNCEMENT_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    return {
      type: fields.oneOf('type', ['contribution']),
      envelope: fields.bytes('envelope', 1, MAX_ANNOUNCEMENT_BYTES),
      addresses: fields.list('addresses', MAX_ADDRESSES_PER_PEER, textItem(MAX_ADDRESS_LENGTH)),
      holder: fields.flag('holder'),
    }
  })
}
