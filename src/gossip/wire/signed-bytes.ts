import { SIGNATURE_BYTES } from '../constants.ts'
import { decodeWire, encodeWire } from './wire.ts'

/** Exact bytes and a signature over them, as statements, tickets and join requests travel. */
export interface SignedBytes {
  readonly content: Uint8Array
  readonly signature: Uint8Array
}

/** @throws RefusedError `too-large` */
export function encodeSigned(
  operand: string,
  { content, signature }: SignedBytes,
  maxBytes: number,
): Uint8Array {
  return encodeWire(operand, { content, signature }, maxBytes)
}

/** @throws RefusedError `too-large`, `malformed` */
export function decodeSigned(operand: string, bytes: Uint8Array, maxBytes: number): SignedBytes {
  return decodeWire(operand, bytes, maxBytes, (fields) => ({
    content: fields.bytes('content', 1, maxBytes),
    signature: fields.bytes('signature', SIGNATURE_BYTES, SIGNATURE_BYTES),
  }))
}
