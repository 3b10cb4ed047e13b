import { peerIdFromString } from '@libp2p/peer-id'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import type { Identity } from '../identity.ts'

/** Signs the exact bytes, never a re-encoding of what they say, under a domain, so that the signature fits nothing else. */
export async function signBytes(identity: Identity, domain: string, bytes: Uint8Array): Promise<Uint8Array> {
  return identity.privateKey.sign(concat([fromString(domain), bytes]))
}

/** Whether `peer` signed these bytes under the domain. A name that is no Ed25519 peer id has signed nothing. */
export async function isSigned(
  peer: string,
  domain: string,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    const id = peerIdFromString(peer)
    if (id.type !== 'Ed25519') return false
    return await id.publicKey.verify(concat([fromString(domain), bytes]), signature)
  } catch {
    return false // malformed names and signatures
  }
}
