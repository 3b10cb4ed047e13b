import {
  ADMISSION_PROTOCOL,
  MAX_ADMISSION_FRAME_BYTES,
  MAX_ADMISSION_REQUEST_BYTES,
  MAX_ADMISSION_STREAMS_PER_PEER,
  MAX_CHARTER_BYTES,
  MAX_JOIN_REQUEST_BYTES,
  MAX_NAME_LENGTH,
  MAX_STATEMENT_BYTES,
  MAX_STATEMENTS,
  MAX_TICKET_BYTES,
} from '../constants.ts'
import type { Protocol } from '../host/peer-host.ts'
import { bytesItem, decodeWire, encodeWire, type Fields } from '../wire/wire.ts'

/** Strangers speak it: what they send is far smaller than what they are answered. */
export const ADMISSION: Protocol = {
  name: ADMISSION_PROTOCOL,
  maxFrameBytes: MAX_ADMISSION_FRAME_BYTES,
  maxBufferBytes: 2 * MAX_ADMISSION_FRAME_BYTES,
  maxStreamsPerPeer: MAX_ADMISSION_STREAMS_PER_PEER,
  open: true,
}

/** Why a member does not let a peer in; what it means for a person is said by the command line. */
export const ADMISSION_REFUSALS = [
  'expired',
  'used-up',
  'unknown-issuer',
  'bad-signature',
  'malformed',
  'wrong-consortium',
  'wrong-request',
  'name-taken',
  'removed',
  'declined',
  'not-removed',
  'busy',
] as const
export type AdmissionRefusal = (typeof ADMISSION_REFUSALS)[number]

/**
 * `hello` asks what one would join; `ask` asks to be let in, and again how that stands; `for` is a member that passes such a request on to
 * who made its ticket; `standing` asks, without a ticket, whether the asker has been removed.
 */
export type AdmissionRequest =
  | { readonly type: 'hello'; readonly ticket: Uint8Array }
  | { readonly type: 'standing' }
  | AskRequest
  | ForRequest

export type ForRequest = Omit<AskRequest, 'type'> & { readonly type: 'for' }

export interface AskRequest {
  readonly type: 'ask'
  readonly ticket: Uint8Array
  /** Encoded join request, signed by who sends it. */
  readonly request: Uint8Array
  /** Name or peer id of the member whose lost key this one is to replace; empty for a new member. */
  readonly replaces: string
}

export type JoinPolicy = 'accept' | 'ticket'

/** What a holder of a valid ticket is told. */
export interface Welcome {
  /** Bytes of the founding charter; their digest is the consortium. */
  readonly founding: Uint8Array
  /** Bytes of the charter in force; empty where it is the founding one. Not proven before the ledger is read. */
  readonly charter: Uint8Array
  /** Name of the member that answers. */
  readonly member: string
  readonly members: number
}

/** After `admitted` and `removed` come frames of statements until one says that there are no more. */
export type AdmissionReply =
  | ({ readonly type: 'welcome' } & Welcome)
  | { readonly type: 'refused'; readonly reason: AdmissionRefusal }
  | { readonly type: 'pending' }
  | { readonly type: 'admitted' | 'removed'; readonly statements: number }

export interface StatementPage {
  readonly statements: readonly Uint8Array[]
  readonly more: boolean
}

export function encodeAdmissionRequest(request: AdmissionRequest): Uint8Array {
  return encodeWire('admission request', { v: 1, ...request }, MAX_ADMISSION_REQUEST_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeAdmissionRequest(bytes: Uint8Array): AdmissionRequest {
  return decodeWire('admission request', bytes, MAX_ADMISSION_REQUEST_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const type = fields.oneOf('type', ['hello', 'ask', 'for', 'standing'])
    if (type === 'standing') return { type }
    const ticket = fields.bytes('ticket', 1, MAX_TICKET_BYTES)
    if (type === 'hello') return { type, ticket }
    const request = fields.bytes('request', 1, MAX_JOIN_REQUEST_BYTES)
    return { type, ticket, request, replaces: fields.text('replaces', MAX_NAME_LENGTH) }
  })
}

export function encodeAdmissionReply(reply: AdmissionReply): Uint8Array {
  return encodeWire('admission reply', { v: 1, ...reply }, MAX_ADMISSION_FRAME_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeAdmissionReply(bytes: Uint8Array): AdmissionReply {
  return decodeWire('admission reply', bytes, MAX_ADMISSION_FRAME_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const type = fields.oneOf('type', ['welcome', 'refused', 'pending', 'admitted', 'removed'])
    switch (type) {
      case 'welcome':
        return { type, ...readWelcome(fields) }
      case 'refused':
        return { type, reason: fields.oneOf('reason', ADMISSION_REFUSALS) }
      case 'pending':
        return { type }
      case 'admitted':
      case 'removed':
        return { type, statements: fields.integer('statements', 0, MAX_STATEMENTS) }
    }
  })
}

function readWelcome(fields: Fields): Welcome {
  return {
    founding: fields.bytes('founding', 1, MAX_CHARTER_BYTES),
    charter: fields.bytes('charter', 0, MAX_CHARTER_BYTES),
    member: fields.text('member', MAX_NAME_LENGTH),
    members: fields.integer('members', 1, MAX_STATEMENTS),
  }
}

/** Statements in the order given, as many to a frame as fit; at least one frame. */
export function* statementPages(statements: readonly Uint8Array[]): Generator<Uint8Array> {
  let page: Uint8Array[] = []
  let bytes = 0
  for (const statement of statements) {
    if (page.length > 0 && bytes + statement.byteLength > PAGE_BYTES) {
      yield encodePage({ statements: page, more: true })
      page = []
      bytes = 0
    }
    page.push(statement)
    bytes += statement.byteLength
  }
  yield encodePage({ statements: page, more: false })
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeStatementPage(bytes: Uint8Array): StatementPage {
  return decodeWire('statements', bytes, MAX_ADMISSION_FRAME_BYTES, (fields) => ({
    statements: fields.list('statements', MAX_STATEMENTS, bytesItem(MAX_STATEMENT_BYTES)),
    more: fields.flag('more'),
  }))
}

/** Half a frame: the other half is room for the last statement and the map around them. */
const PAGE_BYTES = MAX_ADMISSION_FRAME_BYTES / 2

function encodePage(page: StatementPage): Uint8Array {
  return encodeWire('statements', page, MAX_ADMISSION_FRAME_BYTES)
}
