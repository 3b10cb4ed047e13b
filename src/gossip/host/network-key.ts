import { preSharedKey } from '@libp2p/pnet'
import type { ConnectionProtector } from '@libp2p/interface'
import { toString } from 'uint8arrays/to-string'
import { PeermergeError } from '../../errors.ts'
import { NETWORK_KEY_BYTES } from '../constants.ts'

/**
 * Encrypts every connection with a key that all members share, before anything else is said, so that who has no key learns
 * nothing, not even which software listens.
 *
 * @throws PeermergeError ERR_NETWORK_KEY - not 32 bytes
 */
export function networkKeyProtector(key: Uint8Array): () => ConnectionProtector {
  if (key.byteLength !== NETWORK_KEY_BYTES) {
    throw new PeermergeError(
      'ERR_NETWORK_KEY',
      `network key: expected ${NETWORK_KEY_BYTES} bytes, got ${key.byteLength}; take it from the ticket again`,
    )
  }
  const text = `/key/swarm/psk/1.0.0/\n/base16/\n${toString(key, 'base16')}`
  return preSharedKey({ psk: new TextEncoder().encode(text) })
}
