import { randomBytes } from 'node:crypto'
import { PeermergeError } from '../../errors.ts'
import { signTicket, ticketFingerprint, ticketText } from '../../gossip/records.ts'
import type { CommandOf } from '../command-request.ts'
import { directPart, MAX_ADDRESSES, ticketAddresses, ticketLimits } from './ticket-addresses.ts'
import { withPeer } from './with-peer.ts'
import type { Invitation, MembershipSite } from './types.ts'

const NONCE_BYTES = 16

/**
 * A ticket that this member signs. It changes nothing in the ledger until somebody comes with it.
 *
 * @throws PeermergeError ERR_NOT_DIALABLE - a newcomer could not find anybody
 */
export async function invite(site: MembershipSite, command: CommandOf<'invite'>): Promise<Invitation> {
  const { identity, consortium, networkKey } = site
  const given = command.addresses.map((one) => withPeer(directPart(one), identity.peer))
  const addresses = [...new Set([...given, ...ticketAddresses(site.places())])].slice(0, MAX_ADDRESSES)
  if (addresses.length === 0) throw notDialable()
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
  const fingerprint = ticketFingerprint(digest)
  await site.tickets.keep({ digest, fingerprint, expires: expires * 1000, uses })
  return {
    ticket: ticketText(bytes),
    fingerprint,
    expires: new Date(expires * 1000).toISOString(),
    uses,
    addresses,
    secret: networkKey !== null,
    warning: ticketLimits(addresses) ?? null,
  }
}

function notDialable(): PeermergeError {
  const problem =
    'invite: no address is known at which a newcomer could ask: this site listens nowhere that others reach, and knows no member that does; start it (peermerge run), so that it meets a member that relays, or give --address HOST:PORT'
  return new PeermergeError('ERR_NOT_DIALABLE', problem)
}
