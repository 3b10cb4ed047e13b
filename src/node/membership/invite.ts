import { randomBytes } from 'node:crypto'
import { PeermergeError } from '../../errors.ts'
import { signTicket, ticketFingerprint, ticketText } from '../../gossip/index.ts'
import type { CommandOf } from '../command-request.ts'
import { withPeer } from './with-peer.ts'
import type { Invitation, MembershipSite } from './types.ts'

const NONCE_BYTES = 16
const MAX_ADDRESSES = 8

/**
 * A ticket that this member signs. It changes nothing in the ledger until somebody comes with it.
 *
 * @throws PeermergeError ERR_NOT_DIALABLE - a newcomer could not find anybody
 */
export async function invite(site: MembershipSite, command: CommandOf<'invite'>): Promise<Invitation> {
  const { identity, consortium, networkKey } = site
  const addresses = dialable([
    ...command.addresses.map((one) => withPeer(one, identity.peer)),
    ...site.addresses(),
  ])
  if (addresses.length === 0) {
    const problem =
      'invite: no address is known at which a newcomer could ask; start the node (peermerge run), or give one with --address /ip4/192.0.2.7/tcp/4001'
    throw new PeermergeError('ERR_NOT_DIALABLE', problem)
  }
  const expires = Math.floor((site.now() + command.expiresMs) / 1000)
  const { uses } = command
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES))
  const ticket = {
    v: 1 as const,
    consortium,
    issuer: identity.peer,
    addresses,
    expires,
    uses,
    nonce,
    networkKey,
  }
  const { bytes, digest } = await signTicket(ticket, identity)
  return {
    ticket: ticketText(bytes),
    fingerprint: ticketFingerprint(digest),
    expires: new Date(expires * 1000).toISOString(),
    uses,
    addresses,
    secret: networkKey !== null,
  }
}

/** Those that lead anywhere from elsewhere first; a machine's own loopback only where there is nothing else, as in a test. */
function dialable(addresses: readonly string[]): string[] {
  const usable = addresses.filter(
    (one) => !/^\/ip[46]\/(0\.0\.0\.0|::)\/|\/tcp\/0(\/|$)|\/p2p-circuit/u.test(one),
  )
  const elsewhere = usable.filter((one) => !/^\/ip[46]\/(127\.|::1\/)/u.test(one))
  return [...new Set(elsewhere.length > 0 ? elsewhere : usable)].slice(0, MAX_ADDRESSES)
}
