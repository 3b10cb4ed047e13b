import { PeermergeError } from '../../errors.ts'
import { MAX_RATED_PEERS, STANDING_RATE } from '../constants.ts'
import type { Action, LedgerState, OpenedStatement } from '../ledger/types.ts'
import { Limiter } from '../wire/limiter.ts'
import { TokenBuckets } from '../wire/token-bucket.ts'
import type { AdmissionRefusal, AskRequest, JoinPolicy } from './admission-messages.ts'
import type { AdmissionDesk, DeskAnswer } from './admission-server.ts'
import { openJoinRequest, type OpenedJoinRequest } from './join-request.ts'
import { isNameTaken, isOwnRequest, isRemoved, judgeTicket, opened } from './judge-asking.ts'
import { pendingRequest, type PendingRequest, type PendingRequests } from './pending-requests.ts'
import { removalStatements } from './removal-statements.ts'
import { openTicket, type OpenedTicket } from './ticket.ts'

/** What the desk needs of the ledger. */
export interface DeskLedger {
  readonly state: LedgerState
  sign(action: Action): Promise<unknown>
  /** All of them, parents before their children. */
  statements(): readonly OpenedStatement[]
}

/** What a member may do about requests. */
export interface AdmissionControl {
  /** Requests that nobody has answered, oldest first. */
  waiting(): readonly PendingRequest[]
  accept(peer: string): Promise<void>
  refuse(peer: string): Promise<void>
}

export interface FrontDeskInit {
  readonly self: string
  readonly consortium: string
  readonly ledger: DeskLedger
  readonly pending: PendingRequests
  /** Bytes of the founding charter, and of the one in force. */
  charters(): { readonly founding: Uint8Array; readonly inForce: Uint8Array }
  readonly policy: () => JoinPolicy
  /** Milliseconds since 1970, by this machine. */
  readonly now: () => number
  readonly onRequest: (request: PendingRequest) => void
}

interface OpenedAsk {
  readonly ticket: OpenedTicket
  readonly request: OpenedJoinRequest
  readonly replaces: string
}

/**
 * Where newcomers ask to be let in. A ticket that holds admits to ask; then a member says yes or no, or the charter has said yes
 * beforehand. Requests are answered one by one, so that two at once cannot both be the last use of a ticket here.
 */
export class FrontDesk implements AdmissionDesk, AdmissionControl {
  readonly #init: FrontDeskInit
  readonly #turns = new Limiter(1)
  readonly #standings: TokenBuckets

  constructor(init: FrontDeskInit) {
    this.#init = init
    this.#standings = new TokenBuckets(STANDING_RATE, init, MAX_RATED_PEERS)
  }

  async hello(bytes: Uint8Array, peer: string): Promise<DeskAnswer> {
    const ticket = await opened(openTicket(bytes))
    if (typeof ticket === 'string') return refused(ticket)
    const problem = this.#problemOf(ticket, peer)
    return problem === undefined ? this.#welcome() : refused(problem)
  }

  ask(ask: AskRequest, peer: string): Promise<DeskAnswer> {
    return this.#turns.run(() => this.#opened(ask, (asked) => this.#decide({ ...asked, peer })))
  }

  /** Only who made a ticket is told of requests by others, so that nobody's list is filled with what others let in. */
  askFor(ask: AskRequest, from: string): Promise<DeskAnswer> {
    const { self, ledger } = this.#init
    const decide = async (asked: OpenedAsk): Promise<DeskAnswer> => {
      if (!ledger.state.members.has(from) || asked.ticket.ticket.issuer !== self)
        return refused('wrong-request')
      const answer = await this.#decide({ ...asked, peer: asked.request.request.peer })
      return answer.type === 'admitted' ? { ...answer, statements: [] } : answer
    }
    return this.#turns.run(() => this.#opened(ask, decide))
  }

  declined(peer: string): Promise<void> {
    return this.#turns.run(async () => {
      const waiting = this.#init.pending.get(peer)
      if (waiting !== undefined) await this.#init.pending.put({ ...waiting, declined: true })
    })
  }

  /** A member that was away while it was removed has no other way to hear of it: nobody talks to it any more. */
  standing(peer: string): DeskAnswer {
    const { ledger } = this.#init
    const { members, former } = ledger.state
    if (members.has(peer) || !former.has(peer)) return refused('not-removed')
    if (!this.#standings.take(peer)) return refused('busy')
    return { type: 'removed', statements: removalStatements(ledger.statements()).map(({ bytes }) => bytes) }
  }

  waiting(): readonly PendingRequest[] {
    return this.#init.pending.waiting()
  }

  /**
   * A member says yes to a request that is waiting.
   *
   * @throws PeermergeError ERR_NO_REQUEST, ERR_REQUEST - what has become of ticket or members since stands against it
   */
  accept(peer: string): Promise<void> {
    return this.#turns.run(async () => {
      const waiting = this.#waiting(peer)
      if (waiting.replaces !== null) throw replaceError(waiting)
      const problem = this.#problemOf(await openTicket(waiting.ticket), peer)
      if (problem !== undefined) throw requestError(waiting, problem)
      if (isNameTaken(this.#init.ledger.state, waiting.name)) throw requestError(waiting, 'name-taken')
      await this.#add(waiting)
    })
  }

  /** A member says no. @throws PeermergeError ERR_NO_REQUEST */
  refuse(peer: string): Promise<void> {
    return this.#turns.run(async () => {
      await this.#init.pending.put({ ...this.#waiting(peer), declined: true })
    })
  }

  /** Ticket and request are signed by whom they name. */
  async #opened(ask: AskRequest, decide: (asked: OpenedAsk) => Promise<DeskAnswer>): Promise<DeskAnswer> {
    const ticket = await opened(openTicket(ask.ticket))
    if (typeof ticket === 'string') return refused(ticket)
    const request = await opened(openJoinRequest(ask.request))
    if (typeof request === 'string') return refused(request)
    return decide({ ticket, request, replaces: ask.replaces })
  }

  async #decide(asked: OpenedAsk & { readonly peer: string }): Promise<DeskAnswer> {
    const { ticket, request, peer } = asked
    const { ledger, pending, policy } = this.#init
    const { state } = ledger
    if (!isOwnRequest(request, ticket, peer)) return refused('wrong-request')
    const problem = this.#problemOf(ticket, peer)
    if (problem !== undefined) return refused(problem)
    if (state.members.has(peer)) {
      await pending.remove(peer)
      return this.#admitted(peer)
    }
    const earlier = pending.get(peer)
    if (earlier?.ticketDigest === ticket.digest) return refusedOrPending(earlier)
    const replaces = asked.replaces === '' ? null : asked.replaces
    if (replaces === null && isNameTaken(state, request.request.name)) return refused('name-taken')
    const entry = pendingRequest(ticket, request, replaces, this.#init.now())
    return policy() === 'ticket' && replaces === null ? this.#addAtOnce(entry) : this.#keep(entry, ticket)
  }

  /** Why this peer is not let in by this ticket. One that waits already has shown it in time. */
  #problemOf(ticket: OpenedTicket, peer: string): AdmissionRefusal | undefined {
    const { consortium, ledger, pending, now } = this.#init
    const { state } = ledger
    if (ticket.ticket.consortium !== consortium) return 'wrong-consortium'
    if (state.members.has(peer)) return undefined
    if (isRemoved(state, peer)) return 'removed'
    const isWaiting = pending.get(peer)?.ticketDigest === ticket.digest
    return judgeTicket(ticket, state, isWaiting ? 0 : now() / 1000)
  }

  async #keep(entry: PendingRequest, { ticket, digest }: OpenedTicket): Promise<DeskAnswer> {
    const { ledger, pending, onRequest } = this.#init
    const { members } = ledger.state
    await pending.expire((peer) => members.has(peer))
    if (!pending.hasRoom(digest, ticket.uses)) return refused('busy')
    await pending.put(entry)
    onRequest(entry)
    return { type: 'pending' }
  }

  async #addAtOnce(entry: PendingRequest): Promise<DeskAnswer> {
    await this.#add(entry)
    return this.#admitted(entry.peer)
  }

  async #add({ peer, name, ticket, request }: PendingRequest): Promise<void> {
    await this.#init.ledger.sign({ type: 'add', peer, name, ticket, request })
    await this.#init.pending.remove(peer)
  }

  #admitted(peer: string): DeskAnswer {
    const { ledger } = this.#init
    if (!ledger.state.members.has(peer)) return refused('used-up')
    return { type: 'admitted', statements: ledger.statements().map(({ bytes }) => bytes) }
  }

  #welcome(): DeskAnswer {
    const { ledger, self } = this.#init
    const { founding, inForce } = this.#init.charters()
    const { members } = ledger.state
    const isFirst = founding === inForce || Buffer.compare(founding, inForce) === 0
    const charter = isFirst ? new Uint8Array(0) : inForce
    const welcome = { founding, charter, member: members.get(self)?.name ?? '', members: members.size }
    return { type: 'welcome', welcome }
  }

  #waiting(peer: string): PendingRequest {
    const waiting = this.#init.pending.get(peer)
    if (waiting !== undefined && !waiting.declined) return waiting
    throw new PeermergeError('ERR_NO_REQUEST', `${peer}: it does not ask here to be let in`, { peer })
  }
}

function refused(reason: AdmissionRefusal): DeskAnswer {
  return { type: 'refused', reason }
}

function refusedOrPending({ declined }: PendingRequest): DeskAnswer {
  return declined ? refused('declined') : { type: 'pending' }
}

function requestError({ peer, name }: PendingRequest, reason: AdmissionRefusal): PeermergeError {
  const problem = `request of ${name}: ${reason}; have it join with a new ticket`
  return new PeermergeError('ERR_REQUEST', problem, { peer, name, reason })
}

function replaceError({ peer, name, replaces }: PendingRequest): PeermergeError {
  const problem = `request of ${name}: it asks for the place of ${String(replaces)}; vote with peermerge replace ${String(replaces)} ${peer}`
  return new PeermergeError('ERR_REQUEST', problem, { peer, name, replaces })
}
