import { TICKET_TOLERANCE_S } from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { LedgerState } from '../ledger/types.ts'
import type { AdmissionRefusal } from './admission-messages.ts'
import type { OpenedJoinRequest } from './join-request.ts'
import type { OpenedTicket } from './ticket.ts'

/** Why a ticket of this consortium whose signature holds lets nobody in, at `nowS` seconds since 1970; undefined if it does. */
export function judgeTicket(
  { ticket, digest }: OpenedTicket,
  state: LedgerState,
  nowS: number,
): AdmissionRefusal | undefined {
  if (!state.members.has(ticket.issuer)) return 'unknown-issuer'
  if ((state.tickets.get(digest) ?? 0) >= ticket.uses) return 'used-up'
  if (nowS > ticket.expires + TICKET_TOLERANCE_S) return 'expired'
  return undefined
}

/** Made by who sends it, for this consortium and this ticket: a request that was overheard is worth nothing to another. */
export function isOwnRequest({ request }: OpenedJoinRequest, ticket: OpenedTicket, peer: string): boolean {
  const isForIt = request.consortium === ticket.ticket.consortium && request.ticket === ticket.digest
  return request.peer === peer && isForIt
}

/** By others: who has left by itself may come back. */
export function isRemoved({ former }: LedgerState, peer: string): boolean {
  const found = former.get(peer)
  if (found === undefined) return false
  return found.replacedBy !== null || found.removedBy.some((voter) => voter !== peer)
}

/** Names are what people go by, so that no newcomer may take another's. */
export function isNameTaken({ members }: LedgerState, name: string): boolean {
  return [...members.values()].some((member) => member.name === name)
}

/** What was opened, or what is wrong with the bytes. */
export async function opened<T extends object>(opening: Promise<T>): Promise<T | AdmissionRefusal> {
  try {
    return await opening
  } catch (thrown) {
    if (!(thrown instanceof RefusedError)) throw thrown
    return thrown.reason === 'bad-signature' ? 'bad-signature' : 'malformed'
  }
}
