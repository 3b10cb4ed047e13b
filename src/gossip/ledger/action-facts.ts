import { sha256Hex } from '../../merge/index.ts'
import { decodeTicket } from '../admission/ticket.ts'
import { decodeProof, type Equivocation } from './equivocation-proof.ts'
import { taskId } from './task-id.ts'
import type { AddAction, AmendAction, EquivocationAction, TaskAction } from './types.ts'

const cached = new WeakMap<object, unknown>()

/** Digest and uses of the ticket of an addition that has been checked. */
export const ticketOf = once(({ ticket }: AddAction): { digest: string; uses: number } | null => {
  if (ticket === null) return null
  const opened = decodeTicket(ticket)
  return { digest: opened.digest, uses: opened.ticket.uses }
})

/** Digest of the charter that is voted for. */
export const charterOf = once(({ charter }: AmendAction): string => sha256Hex(charter))

/** Whom a proof that has been checked is against. */
export const equivocationOf = once(({ first }: EquivocationAction): Equivocation => decodeProof(first))

/** `taskId` of an action; of one consortium, as every statement is. */
export const taskOf = once((action: TaskAction, consortium: string): string => taskId(consortium, action))

/** A fold may look at one action a thousand times; its bytes are read once. */
function once<A extends object, T, Same extends unknown[]>(
  read: (action: A, ...same: Same) => T,
): (action: A, ...same: Same) => T {
  return (action, ...same) => {
    if (!cached.has(action)) cached.set(action, read(action, ...same))
    return cached.get(action) as T
  }
}
