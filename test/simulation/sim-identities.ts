import { createHash } from 'node:crypto'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Identity } from '../../src/gossip/index.ts'
import { rememberSignatures } from './remember-signatures.ts'

const made = new Map<number, Promise<Identity>>()

/** The same key for the same number in every run. */
export function simIdentity(number: number): Promise<Identity> {
  const known = made.get(number)
  if (known !== undefined) return known
  const identity = make(number)
  made.set(number, identity)
  return identity
}

async function make(number: number): Promise<Identity> {
  const seed = createHash('sha256').update(`simulated identity ${number}`).digest()
  const privateKey = await generateKeyPairFromSeed('Ed25519', new Uint8Array(seed))
  const identity = { peer: peerIdFromPrivateKey(privateKey).toString(), privateKey }
  rememberSignatures(identity)
  return identity
}
