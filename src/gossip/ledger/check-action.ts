import { openJoinRequest } from '../admission/join-request.ts'
import { openTicket } from '../admission/ticket.ts'
import { RefusedError } from '../errors.ts'
import { openProof } from './equivocation-proof.ts'
import type { Action, AddAction, ReplaceAction } from './types.ts'

const OPERAND = 'statement'

/**
 * What an action carries with it (ticket, request, proof) holds by itself: a matter of bytes alone, so all peers agree on it for ever.
 *
 * @throws RefusedError `too-large`, `malformed`, `bad-signature`, `wrong-consortium`
 */
export async function checkAction(action: Action, consortium: string): Promise<void> {
  if (action.type === 'add') await checkAdd(action, consortium)
  if (action.type === 'replace') await checkReplace(action, consortium)
  if (action.type === 'equivocation') await openProof(action, consortium)
}

async function checkAdd({ peer, name, ticket, request }: AddAction, consortium: string): Promise<void> {
  const opened = ticket === null ? null : await openTicket(ticket)
  if (opened !== null && opened.ticket.consortium !== consortium) throw wrongConsortium('its ticket')
  if (request === null) {
    if (opened !== null) throw contradiction('a ticket without a request of the newcomer')
    return
  }
  const asked = (await openJoinRequest(request)).request
  if (asked.consortium !== consortium) throw wrongConsortium('its request')
  if (asked.peer !== peer || asked.name !== name) throw contradiction('its request is for another newcomer')
  if (asked.ticket !== (opened?.digest ?? null)) throw contradiction('its request is for another ticket')
}

async function checkReplace({ peer, next, request }: ReplaceAction, consortium: string): Promise<void> {
  if (peer === next) throw contradiction('a member cannot take its own place')
  const asked = (await openJoinRequest(request)).request
  if (asked.consortium !== consortium) throw wrongConsortium('its request')
  if (asked.peer !== next) throw contradiction('its request is for another newcomer')
}

function contradiction(problem: string): RefusedError {
  return new RefusedError('malformed', OPERAND, problem)
}

function wrongConsortium(what: string): RefusedError {
  return new RefusedError('wrong-consortium', OPERAND, `${what} belongs to another consortium`)
}
