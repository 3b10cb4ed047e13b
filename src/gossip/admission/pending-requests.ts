import { MAX_PENDING_PER_TICKET, MAX_PENDING_REQUESTS, PENDING_REQUEST_MS } from '../constants.ts'
import type { OpenedJoinRequest } from './join-request.ts'
import type { OpenedTicket } from './ticket.ts'

/** A request that waits for a member's word, or has had it. */
export interface PendingRequest {
  readonly peer: string
  readonly name: string
  /** Encoded, as they came: what the statement that adds the peer will carry. */
  readonly ticket: Uint8Array
  readonly request: Uint8Array
  /** Digest of the ticket. */
  readonly ticketDigest: string
  /** The member whose lost key it is to replace, as the newcomer calls it; null for a new member. */
  readonly replaces: string | null
  /** Milliseconds since 1970. */
  readonly at: number
  /** A member has said no: kept so that the newcomer hears it. */
  readonly declined: boolean
}

export function pendingRequest(
  ticket: OpenedTicket,
  { request, bytes }: OpenedJoinRequest,
  replaces: string | null,
  at: number,
): PendingRequest {
  const { peer, name } = request
  const asked = { ticket: ticket.bytes, ticketDigest: ticket.digest, request: bytes }
  return { peer, name, ...asked, replaces, at, declined: false }
}

/** Where the requests are kept; a resolved promise means on disk. */
export interface RequestShelf {
  read(): Promise<readonly PendingRequest[]>
  write(requests: readonly PendingRequest[]): Promise<void>
}

/** The requests that this node has received and no member has answered yet: bounded in number, kept across restarts. */
export class PendingRequests {
  readonly #shelf: RequestShelf
  readonly #now: () => number
  readonly #byPeer: Map<string, PendingRequest>

  private constructor(shelf: RequestShelf, now: () => number, requests: readonly PendingRequest[]) {
    this.#shelf = shelf
    this.#now = now
    this.#byPeer = new Map(requests.map((request) => [request.peer, request]))
  }

  static async open(shelf: RequestShelf, now: () => number): Promise<PendingRequests> {
    return new PendingRequests(shelf, now, await shelf.read())
  }

  get(peer: string): PendingRequest | undefined {
    return this.#byPeer.get(peer)
  }

  /** Those that nobody has declined, oldest first. */
  waiting(): readonly PendingRequest[] {
    return [...this.#byPeer.values()].filter(({ declined }) => !declined).sort((a, b) => a.at - b.at)
  }

  /** Whether there is room for one more with this ticket. */
  hasRoom(ticketDigest: string, uses: number): boolean {
    const withTicket = [...this.#byPeer.values()].filter((one) => one.ticketDigest === ticketDigest)
    const isSpent = withTicket.length >= Math.max(uses, MAX_PENDING_PER_TICKET)
    return !isSpent && this.#byPeer.size < MAX_PENDING_REQUESTS
  }

  async put(request: PendingRequest): Promise<void> {
    this.#byPeer.set(request.peer, request)
    await this.#save()
  }

  async remove(peer: string): Promise<void> {
    if (this.#byPeer.delete(peer)) await this.#save()
  }

  /** Forgets what is older than a month, and whom another member has let in. */
  async expire(isMember: (peer: string) => boolean): Promise<void> {
    const limit = this.#now() - PENDING_REQUEST_MS
    const old = [...this.#byPeer.values()].filter(({ at, peer }) => at < limit || isMember(peer))
    for (const { peer } of old) this.#byPeer.delete(peer)
    if (old.length > 0) await this.#save()
  }

  async #save(): Promise<void> {
    await this.#shelf.write([...this.#byPeer.values()])
  }
}
