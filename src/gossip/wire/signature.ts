import { peerIdFromString } from '@libp2p/peer-id'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import type { Identity } from '../identity.ts'

/** Signs `domain` and then exactly these bytes; a signature made under one domain never holds under another. */
export async function signUnder(domain: string, bytes: Uint8Array, identity: Identity): Promise<Uint8Array> {
  return identity.privateKey.sign(concat([fromString(domain), bytes]))
}

/** Whether `peer` signed these bytes under `domain`. A name that is no Ed25519 peer id has signed nothing. */
export async function isSignedUnder(
  domain: string,
  bytes: Uint8Array,
  signature: Uint8Array,
  peer: string,
): Promise<boolean> {
  try {
    const id = peerIdFromString(peer)
    if (id.type !== 'Ed25519') return false
    return await id.publicKey.verify(concat([fromString(domain), bytes]), signature)
  } catch {
    return false // malformed names and signatures
  }
}

/** Whether this is an Ed25519 peer id in the one form that is used: one key has other names too, and they must not pass for more peers. */
export function isPeerName(text: string): boolean {
  try {
    const id = peerIdFromString(text)
    return id.type === 'Ed25519' && id.toString() === text
  } catch {
    return false
  }
}
