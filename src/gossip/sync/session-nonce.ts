import { concat } from 'uint8arrays/concat'
import { SYNC_NONCE_BYTES } from '../constants.ts'
import type { SessionNonce } from './ranges.ts'

/** Need not be secret: it is drawn after the sets were made, and anew in every session. */
export function drawNonce(random: () => number): Uint8Array {
  return Uint8Array.from({ length: SYNC_NONCE_BYTES }, () => Math.floor(random() * 256))
}

export function sessionNonce(asker: Uint8Array, answerer: Uint8Array): SessionNonce {
  return concat([asker, answerer])
}
