import { base32 } from 'multiformats/bases/base32'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { sha256Hex } from '../../merge/index.ts'
import {
  MAX_ADDRESS_LENGTH,
  MAX_ADDRESSES_PER_PEER,
  MAX_NAME_LENGTH,
  MAX_NETWORK_KEY_BYTES,
  MAX_TICKET_BYTES,
  MAX_TICKET_USES,
  TICKET_DOMAIN,
  TICKET_NONCE_BYTES,
} from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { isSignedUnder, signUnder } from '../wire/signature.ts'
import { decodeSigned, encodeSigned } from '../wire/signed-bytes.ts'
import { decodeWire, encodeWire, textItem, type Fields } from '../wire/wire.ts'

const OPERAND = 'ticket'
const TEXT_PREFIX = 'pm1'
/** base64url has 4 characters for 3 bytes. */
const MAX_TEXT_LENGTH = TEXT_PREFIX.length + Math.ceil((MAX_TICKET_BYTES * 4) / 3)

/** What a member hands to a site that is to join. */
export interface Ticket {
  readonly v: 1
  readonly consortium: string
  /** The member that made and signed it. */
  readonly issuer: string
  /** Multiaddrs at which members can be reached. */
  readonly addresses: readonly string[]
  /** Seconds since 1970. Members look at it when they are asked; no merge and no ledger depends on a clock. */
  readonly expires: number
  /** Newcomers that it lets in. */
  readonly uses: number
  /** Random, 16 bytes, so that no two tickets are the same. */
  readonly nonce: Uint8Array
  /** Pre-shared key of the network, if it has one. */
  readonly networkKey: Uint8Array | null
}

export interface OpenedTicket {
  /** sha2-256 of the ticket without its signature; what a join request names and what uses are counted by. */
  readonly digest: string
  readonly ticket: Ticket
  readonly bytes: Uint8Array
}

/** @throws RefusedError `too-large` */
export async function signTicket(ticket: Ticket, identity: Identity): Promise<OpenedTicket> {
  const content = encodeWire(OPERAND, ticket, MAX_TICKET_BYTES)
  const signature = await signUnder(TICKET_DOMAIN, content, identity)
  const bytes = encodeSigned(OPERAND, { content, signature }, MAX_TICKET_BYTES)
  return { digest: sha256Hex(content), ticket, bytes }
}

/** @throws RefusedError `too-large`, `malformed`, `bad-signature` - its issuer has not signed it */
export async function openTicket(bytes: Uint8Array): Promise<OpenedTicket> {
  const opened = decodeTicket(bytes)
  const { content, signature } = decodeSigned(OPERAND, bytes, MAX_TICKET_BYTES)
  if (!(await isSignedUnder(TICKET_DOMAIN, content, signature, opened.ticket.issuer))) {
    throw new RefusedError('bad-signature', OPERAND, `not signed by ${opened.ticket.issuer}`)
  }
  return opened
}

/** What it says, for a ticket whose signature has been or will be looked at elsewhere. @throws RefusedError `too-large`, `malformed` */
export function decodeTicket(bytes: Uint8Array): OpenedTicket {
  const { content } = decodeSigned(OPERAND, bytes, MAX_TICKET_BYTES)
  return {
    digest: sha256Hex(content),
    ticket: decodeWire(OPERAND, content, MAX_TICKET_BYTES, readTicket),
    bytes,
  }
}

/** One line of text, to be pasted. */
export function ticketText(bytes: Uint8Array): string {
  return TEXT_PREFIX + toString(bytes, 'base64url')
}

/** @throws RefusedError `malformed`, `too-large` - spaces and line breaks that mail programs put in are skipped */
export function ticketBytes(text: string): Uint8Array {
  const packed = text.replace(/\s/gu, '')
  if (packed.length > MAX_TEXT_LENGTH) {
    throw new RefusedError('too-large', OPERAND, `${packed.length} characters, at most ${MAX_TEXT_LENGTH}`)
  }
  if (!/^pm1[\w-]+$/u.test(packed)) {
    throw new RefusedError('malformed', OPERAND, 'it does not look like pm1…; copy it whole')
  }
  try {
    return fromString(packed.slice(TEXT_PREFIX.length), 'base64url')
  } catch (cause) {
    throw new RefusedError('malformed', OPERAND, 'characters are missing; copy it whole', { cause })
  }
}

/** Eight letters and digits to read out, such as `K7QX-2M4P`: 40 bits, so that both ends of a phone see the same ticket. */
export function ticketFingerprint(digest: string): string {
  const text = base32.baseEncode(fromString(digest.slice(0, 10), 'base16')).toUpperCase()
  return `${text.slice(0, 4)}-${text.slice(4)}`
}

function readTicket(fields: Fields): Ticket {
  return {
    v: fields.integer('v', 1, 1) as 1,
    consortium: fields.text('consortium', MAX_NAME_LENGTH),
    issuer: fields.peer('issuer'),
    addresses: fields.list('addresses', MAX_ADDRESSES_PER_PEER, textItem(MAX_ADDRESS_LENGTH)),
    expires: fields.integer('expires', 0, Number.MAX_SAFE_INTEGER),
    uses: fields.integer('uses', 1, MAX_TICKET_USES),
    nonce: fields.bytes('nonce', TICKET_NONCE_BYTES, TICKET_NONCE_BYTES),
    networkKey: fields.optionalBytes('networkKey', MAX_NETWORK_KEY_BYTES),
  }
}
