import { ticketFingerprint } from '../../gossip/records.ts'
import { sha256Hex } from '../../merge/index.ts'

/**
 * A peer's name for the telephone, such as `K7QX-2M4P`: forty bits of the digest of its id. Whoever makes keys by the billion can hit
 * one, so it is compared while the two who speak know each other, and never a proof by itself.
 */
export function peerFingerprint(peer: string): string {
  return ticketFingerprint(sha256Hex(new TextEncoder().encode(peer)))
}
