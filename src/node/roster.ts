import { standingOf, type Ledger } from '../gossip/records.ts'
import type { ContributionHeader } from '../merge/index.ts'
import type { NodeStore } from './types.ts'

export interface NamedPeer {
  readonly id: string
  readonly name: string
  /** False for one that says it only listens. @default true */
  readonly contributes?: boolean
}

/** Whom names are looked up in: a charter, or a ledger as it stands. */
export interface Roster {
  readonly members: readonly NamedPeer[]
  /** Members no longer. */
  readonly former?: readonly NamedPeer[]
}

/** Who is a member and whose contributions count, as the ledger says at the moment of asking. */
export class LedgerRoster implements Roster {
  readonly #ledger: Pick<Ledger, 'genesis' | 'state'>
  readonly #charters: ReadonlySet<string> | undefined

  /** @param charters - digests of those whose contributions this node can merge; all that the ledger says where it is left out */
  constructor(ledger: Pick<Ledger, 'genesis' | 'state'>, charters?: ReadonlySet<string>) {
    this.#ledger = ledger
    this.#charters = charters
  }

  /** Founding members as the charter lists them, then the others by name. */
  get members(): readonly NamedPeer[] {
    const { genesis, state } = this.#ledger
    const founding = genesis.members.flatMap(({ id }) => state.members.get(id) ?? [])
    const others = [...state.members.values()].filter((member) => !founding.includes(member))
    return [...founding, ...others.sort((a, b) => (a.name < b.name ? -1 : 1))]
  }

  get former(): readonly NamedPeer[] {
    const { former, members } = this.#ledger.state
    return [...former.values()].filter(({ id }) => !members.has(id))
  }

  /** Head of the ledger. */
  get head(): string {
    return this.#ledger.state.head
  }

  /** Digest of the charter in force. */
  get charter(): string {
    return this.#ledger.state.charter
  }

  /** Which tasks have been opened: the same for the same ones. */
  get tasks(): string {
    return [...this.#ledger.state.tasks.keys()].sort().join(' ')
  }

  /** Names of the tasks that have been opened, in the order of their opening. */
  get taskNames(): readonly string[] {
    return [...this.#ledger.state.tasks.values()].map(({ name }) => name)
  }

  /** Whether one charter whose contributions count came after another, or after that one has ended. Digests. */
  isLater(charter: string, than: string): boolean {
    const { charters } = this.#ledger.state
    return charters.indexOf(charter) > charters.indexOf(than)
  }

  has(peer: string): boolean {
    return this.#ledger.state.members.has(peer)
  }

  counts(header: ContributionHeader): boolean {
    if (this.#charters?.has(header.charter) === false) return false
    return standingOf(this.#ledger.state, header) === 'counts'
  }

  /** The store as merges, schedule and status see it: without what does not count. */
  counting(store: Pick<NodeStore, 'list'>): Pick<NodeStore, 'list'> {
    return { list: (...states) => store.list(...states).filter(({ header }) => this.counts(header)) }
  }
}
