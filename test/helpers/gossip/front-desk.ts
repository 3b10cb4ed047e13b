import { randomBytes } from 'node:crypto'
import type { AskRequest, JoinPolicy } from '../../../src/gossip/admission/admission-messages.ts'
import { FrontDesk, type DeskLedger } from '../../../src/gossip/admission/front-desk.ts'
import { signJoinRequest, type JoinRequest } from '../../../src/gossip/admission/join-request.ts'
import {
  PendingRequests,
  type PendingRequest,
  type RequestShelf,
} from '../../../src/gossip/admission/pending-requests.ts'
import { signTicket, type OpenedTicket, type Ticket } from '../../../src/gossip/admission/ticket.ts'
import { generateIdentity, type Identity } from '../../../src/gossip/identity.ts'
import { foldLedger } from '../../../src/gossip/ledger/fold-ledger.ts'
import { openStatement, signStatement } from '../../../src/gossip/ledger/statement.ts'
import type { Action, Genesis, LedgerState, OpenedStatement } from '../../../src/gossip/ledger/types.ts'
import { sha256Hex } from '../../../src/merge/index.ts'

/** Stands in for a charter: admission looks at its digest alone. */
export const FOUNDING = new TextEncoder().encode('founding charter')
export const DESK_CONSORTIUM = sha256Hex(FOUNDING)

/** A ledger in memory that one member signs into. */
export class DeskTestLedger implements DeskLedger {
  readonly #genesis: Genesis
  readonly #identity: Identity
  readonly #known = new Map<string, OpenedStatement>()

  constructor(genesis: Genesis, identity: Identity) {
    this.#genesis = genesis
    this.#identity = identity
  }

  get state(): LedgerState {
    return foldLedger(this.#genesis, this.#known.values())
  }

  async sign(action: Action): Promise<void> {
    const parents = [...this.#known.values()].map(({ id }) => id).sort()
    const author = this.#identity.peer
    const statement = { v: 1, consortium: DESK_CONSORTIUM, author, parents, action } as const
    const opened = await signStatement(statement, this.#identity)
    this.#known.set(opened.id, opened)
  }

  async enter(bytes: Uint8Array): Promise<void> {
    const opened = await openStatement(bytes, DESK_CONSORTIUM)
    this.#known.set(opened.id, opened)
  }

  statements(): OpenedStatement[] {
    return [...this.#known.values()]
  }
}

/** Keeps what is written, as a file would. */
export function memoryShelf(): RequestShelf & { kept: readonly PendingRequest[] } {
  const shelf = {
    kept: [] as readonly PendingRequest[],
    read: () => Promise.resolve(shelf.kept),
    write: (requests: readonly PendingRequest[]) => Promise.resolve(void (shelf.kept = requests)),
  }
  return shelf
}

export interface DeskOptions {
  readonly policy?: JoinPolicy
  readonly shelf?: RequestShelf
  readonly now?: () => number
}

export interface TestDesk {
  readonly identity: Identity
  readonly ledger: DeskTestLedger
  readonly desk: FrontDesk
  readonly pending: PendingRequests
  readonly heard: PendingRequest[]
}

export const NOW = Date.UTC(2030, 0, 1)

/** A consortium of so many founding members, each with a desk of its own and a ledger that only `meet` brings together. */
export async function foundDesks(count: number, options: DeskOptions = {}): Promise<TestDesk[]> {
  const identities = await Promise.all(Array.from({ length: count }, generateIdentity))
  const members = identities.map(({ peer }, i) => ({ id: peer, name: `site ${i}` }))
  const genesis = { consortium: DESK_CONSORTIUM, members }
  return Promise.all(identities.map((identity) => deskOf(genesis, identity, options)))
}

export async function deskOf(genesis: Genesis, identity: Identity, options: DeskOptions): Promise<TestDesk> {
  const { policy = 'accept', shelf = memoryShelf(), now = () => NOW } = options
  const ledger = new DeskTestLedger(genesis, identity)
  const pending = await PendingRequests.open(shelf, now)
  const heard: PendingRequest[] = []
  const desk = new FrontDesk({
    self: identity.peer,
    consortium: DESK_CONSORTIUM,
    ledger,
    pending,
    charters: () => ({ founding: FOUNDING, inForce: FOUNDING }),
    policy: () => policy,
    now,
    onRequest: (request) => heard.push(request),
  })
  return { identity, ledger, desk, pending, heard }
}

/** Each learns what the others know. */
export async function meet(desks: readonly TestDesk[]): Promise<void> {
  const all = desks.flatMap(({ ledger }) => ledger.statements())
  for (const { ledger } of desks) for (const { bytes } of all) await ledger.enter(bytes)
}

export function makeTicket(issuer: Identity, changes: Partial<Ticket> = {}): Promise<OpenedTicket> {
  const ticket: Ticket = {
    v: 1,
    consortium: DESK_CONSORTIUM,
    issuer: issuer.peer,
    addresses: [`/ip4/192.0.2.7/tcp/4001/p2p/${issuer.peer}`],
    expires: NOW / 1000 + 3600,
    uses: 1,
    nonce: new Uint8Array(randomBytes(16)),
    networkKey: null,
    ...changes,
  }
  return signTicket(ticket, issuer)
}

export async function makeAsk(
  newcomer: Identity,
  ticket: OpenedTicket,
  changes: Partial<JoinRequest> & { readonly replaces?: string } = {},
): Promise<AskRequest> {
  const { replaces = '', ...said } = changes
  const { consortium } = ticket.ticket
  const wanted = { v: 1, consortium, peer: newcomer.peer, name: 'newcomer', ticket: ticket.digest } as const
  const { bytes: request } = await signJoinRequest({ ...wanted, ...said }, newcomer)
  return { type: 'ask', ticket: ticket.bytes, request, replaces }
}
