import { JOIN_REQUEST_DOMAIN, MAX_JOIN_REQUEST_BYTES, MAX_NAME_LENGTH } from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { isSignedUnder, signUnder } from '../wire/signature.ts'
import { decodeSigned, encodeSigned } from '../wire/signed-bytes.ts'
import { decodeWire, digestBytes, encodeWire, type Fields } from '../wire/wire.ts'

const OPERAND = 'join request'

/** A newcomer's own word that it wants to be a member, so that nobody is made one without asking. */
export interface JoinRequest {
  readonly v: 1
  readonly consortium: string
  /** Who asks and has signed. */
  readonly peer: string
  readonly name: string
  /** Digest of the ticket that it holds; null without one. */
  readonly ticket: string | null
}

export interface OpenedJoinRequest {
  readonly request: JoinRequest
  readonly bytes: Uint8Array
}

/** @throws RefusedError `too-large` */
export async function signJoinRequest(request: JoinRequest, identity: Identity): Promise<OpenedJoinRequest> {
  const ticket = request.ticket === null ? null : digestBytes(request.ticket)
  const content = encodeWire(OPERAND, { ...request, ticket }, MAX_JOIN_REQUEST_BYTES)
  const signature = await signUnder(JOIN_REQUEST_DOMAIN, content, identity)
  return { request, bytes: encodeSigned(OPERAND, { content, signature }, MAX_JOIN_REQUEST_BYTES) }
}

/** @throws RefusedError `too-large`, `malformed`, `bad-signature` */
export async function openJoinRequest(bytes: Uint8Array): Promise<OpenedJoinRequest> {
  const { content, signature } = decodeSigned(OPERAND, bytes, MAX_JOIN_REQUEST_BYTES)
  const request = decodeWire(OPERAND, content, MAX_JOIN_REQUEST_BYTES, readRequest)
  if (!(await isSignedUnder(JOIN_REQUEST_DOMAIN, content, signature, request.peer))) {
    throw new RefusedError('bad-signature', OPERAND, `not signed by ${request.peer}`)
  }
  return { request, bytes }
}

function readRequest(fields: Fields): JoinRequest {
  return {
    v: fields.integer('v', 1, 1) as 1,
    consortium: fields.text('consortium', MAX_NAME_LENGTH),
    peer: fields.peer('peer'),
    name: fields.name('name'),
    ticket: fields.optionalDigest('ticket'),
  }
}
