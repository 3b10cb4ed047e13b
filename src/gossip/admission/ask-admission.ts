import { PeermergeError } from '../../errors.ts'
import { sha256Hex } from '../../merge/index.ts'
import { FIRST_BYTE_TIMEOUT_MS, MAX_STATEMENTS } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { AskingHost } from '../host/asking-host.ts'
import type { Frames } from '../wire/frames.ts'
import {
  ADMISSION,
  decodeAdmissionReply,
  decodeStatementPage,
  encodeAdmissionRequest,
  type AdmissionRefusal,
  type AdmissionReply,
  type AdmissionRequest,
  type AskRequest,
  type Welcome,
} from './admission-messages.ts'
import type { OpenedTicket } from './ticket.ts'

/** A member said no; asking again gives the same answer, but for `busy`. */
export class NotAdmittedError extends PeermergeError {
  override readonly name = 'NotAdmittedError'
  readonly reason: AdmissionRefusal

  constructor(reason: AdmissionRefusal) {
    super('ERR_NOT_ADMITTED', `not admitted (${reason}): ${ADVICE[reason]}`, { reason })
    this.reason = reason
  }
}

const ADVICE: Record<AdmissionRefusal, string> = {
  expired: 'the ticket is too old; ask for a new one (peermerge invite), and check this machine’s date',
  'used-up': 'the ticket has let in as many as it may; ask for a new one (peermerge invite)',
  'unknown-issuer': 'whoever made the ticket is no member; ask a member for one (peermerge invite)',
  'bad-signature': 'ticket or request has been changed; copy the ticket again, whole',
  malformed: 'the member cannot read what this version sends; compare versions (peermerge --version)',
  'wrong-consortium': 'the member belongs to another consortium than the ticket',
  'wrong-request': 'the request was made by another site, or for another ticket',
  'name-taken': 'another member has this name; choose another --site',
  removed: 'this key has been removed from the consortium; a new key needs a new --home and a new ticket',
  declined: 'a member has refused the request; ask them why',
  'not-removed': 'the member knows of no removal of this key',
  busy: 'too many ask at the moment; try again',
}

/** Nobody at the addresses of the ticket could be asked; later it may work. */
export class UnreachableError extends PeermergeError {
  override readonly name = 'UnreachableError'

  constructor(attempts: readonly { readonly address: string; readonly problem: string }[]) {
    const tried = attempts.map(({ address, problem }) => `${address} (${problem})`).join(', ')
    const advice = 'check that a member runs there and that its port is open; it may also be busy'
    super('ERR_UNREACHABLE', `no member answers at ${tried}; ${advice}`, { attempts })
  }
}

/** What a holder of the ticket would join. @throws NotAdmittedError, UnreachableError */
export async function askWelcome(
  host: AskingHost,
  { bytes, ticket }: OpenedTicket,
): Promise<Welcome & { readonly peer: string }> {
  return askAnyone(host, ticket.addresses, async (frames, peer) => {
    const reply = await exchange(frames, { type: 'hello', ticket: bytes })
    if (reply.type !== 'welcome') throw unexpected(reply)
    const digest = sha256Hex(reply.founding)
    if (digest === ticket.consortium) return { ...reply, peer }
    throw new RefusedError(
      'wrong-consortium',
      'welcome',
      `a charter ${digest}, expected ${ticket.consortium}`,
    )
  })
}

/** Asks to be let in: the whole ledger, or null while the request waits. @throws NotAdmittedError, UnreachableError */
export async function askAdmission(
  host: AskingHost,
  addresses: readonly string[],
  request: Omit<AskRequest, 'type'>,
): Promise<readonly Uint8Array[] | null> {
  return askAnyone(host, addresses, async (frames) => {
    const reply = await exchange(frames, { type: 'ask', ...request })
    if (reply.type === 'pending') return null
    if (reply.type !== 'admitted') throw unexpected(reply)
    return readStatements(frames, reply.statements)
  })
}

/** Statements by which a member shows that this node has been removed; none if it knows of no removal. @throws NotAdmittedError */
export async function askStanding(frames: Frames): Promise<readonly Uint8Array[]> {
  try {
    const reply = await exchange(frames, { type: 'standing' })
    if (reply.type !== 'removed') throw unexpected(reply)
    return await readStatements(frames, reply.statements)
  } catch (thrown) {
    if (thrown instanceof NotAdmittedError && thrown.reason === 'not-removed') return []
    throw thrown
  }
}

/** Passes a newcomer's request on to the member that made its ticket, and returns how it stands there. @throws NotAdmittedError */
export async function askForOther(frames: Frames, request: AskRequest): Promise<'waiting' | 'declined'> {
  try {
    await exchange(frames, { ...request, type: 'for' })
    return 'waiting'
  } catch (thrown) {
    if (thrown instanceof NotAdmittedError && thrown.reason === 'declined') return 'declined'
    throw thrown
  }
}

/** The first address that answers counts. */
async function askAnyone<T>(
  host: AskingHost,
  addresses: readonly string[],
  job: (frames: Frames, peer: string) => Promise<T>,
): Promise<T> {
  const attempts: { readonly address: string; readonly problem: string }[] = []
  for (const address of addresses) {
    const peer = address.split('/p2p/').at(-1) ?? ''
    try {
      return await host.ask(address, ADMISSION, (frames) => job(frames, peer))
    } catch (thrown) {
      if (thrown instanceof NotAdmittedError && thrown.reason !== 'busy') throw thrown
      attempts.push({ address, problem: asError(thrown).message })
    }
  }
  throw new UnreachableError(attempts)
}

async function exchange(frames: Frames, request: AdmissionRequest): Promise<AdmissionReply> {
  await frames.write([encodeAdmissionRequest(request)])
  const reply = decodeAdmissionReply(await frames.read(FIRST_BYTE_TIMEOUT_MS))
  if (reply.type === 'refused') throw new NotAdmittedError(reply.reason)
  return reply
}

/** @throws RefusedError - more than was said */
async function readStatements(frames: Frames, count: number): Promise<readonly Uint8Array[]> {
  const statements: Uint8Array[] = []
  for (let more = true; more && statements.length <= Math.min(count, MAX_STATEMENTS);) {
    const page = decodeStatementPage(await frames.read())
    statements.push(...page.statements)
    more = page.more && page.statements.length > 0
  }
  if (statements.length === count) return statements
  throw new RefusedError('malformed', 'admission', `${statements.length} statements, ${count} were announced`)
}

function unexpected({ type }: AdmissionReply): RefusedError {
  return new RefusedError('malformed', 'admission reply', `${type} is no answer to what was asked`)
}
