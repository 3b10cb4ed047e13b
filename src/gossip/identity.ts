import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeermergeError } from '../errors.ts'
import { asError } from './errors.ts'

/** A node's Ed25519 key. The peer id holds the public key, so whoever knows a peer's name can check its signatures. */
export interface Identity {
  readonly peer: string
  readonly privateKey: Ed25519PrivateKey
}

export async function generateIdentity(): Promise<Identity> {
  return identityOf(await generateKeyPair('Ed25519'))
}

/** 68 bytes (libp2p's protobuf form) to be kept in a file that only its owner can read. */
export function identityToBytes(identity: Identity): Uint8Array {
  return privateKeyToProtobuf(identity.privateKey)
}

/** @throws PeermergeError ERR_IDENTITY - not the bytes of an Ed25519 private key */
export function identityFromBytes(bytes: Uint8Array): Identity {
  const advice = 'restore the key file from a backup, or remove it to start as a new peer'
  let key
  try {
    key = privateKeyFromProtobuf(bytes)
  } catch (thrown) {
    throw new PeermergeError(
      'ERR_IDENTITY',
      `identity: not a private key; ${advice}`,
      {},
      { cause: asError(thrown) },
    )
  }
  if (key.type !== 'Ed25519') {
    throw new PeermergeError('ERR_IDENTITY', `identity: expected an Ed25519 key, got ${key.type}; ${advice}`)
  }
  return identityOf(key)
}

function identityOf(privateKey: Ed25519PrivateKey): Identity {
  return { peer: peerIdFromPrivateKey(privateKey).toString(), privateKey }
}
