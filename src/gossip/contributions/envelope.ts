import { MAX_ENVELOPE_BYTES, SIGNATURE_BYTES, SIGNATURE_DOMAIN } from '../constants.ts'
import type { Identity } from '../identity.ts'
import type { Envelope } from '../types.ts'
import { isSignedUnder, signUnder } from '../wire/signature.ts'
import { decodeWire, encodeWire } from '../wire/wire.ts'

/** Signs the exact header bytes, never a re-encoding of what they say. */
export async function signEnvelope(header: Uint8Array, identity: Identity): Promise<Envelope> {
  return { header, signature: await signUnder(SIGNATURE_DOMAIN, header, identity) }
}

/** @throws RefusedError `too-large` */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { header, signature } = envelope
  return encodeWire('envelope', { header, signature }, MAX_ENVELOPE_BYTES)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  return decodeWire('envelope', bytes, MAX_ENVELOPE_BYTES, (fields) => ({
    header: fields.bytes('header', 1, MAX_ENVELOPE_BYTES),
    signature: fields.bytes('signature', SIGNATURE_BYTES, SIGNATURE_BYTES),
  }))
}

/** Whether `peer` signed this header. A name that is no Ed25519 peer id has signed nothing. */
export async function isSignedBy({ header, signature }: Envelope, peer: string): Promise<boolean> {
  return isSignedUnder(SIGNATURE_DOMAIN, header, signature, peer)
}
