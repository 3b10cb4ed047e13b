import { MAX_STATEMENTS, MAX_STATEMENTS_PER_AUTHOR } from '../constants.ts'
import type { CausalIndex } from './causal-index.ts'
import type { Genesis, OpenedStatement } from './types.ts'

/** Who may put something into the ledger, and how much. An author is known by what its statement names as its past, so all peers agree. */
export class EntryRules {
  readonly #founders: ReadonlySet<string>
  readonly #namedIn = new Map<string, number[]>()
  readonly #countOf = new Map<string, number>()
  readonly #maxStatements: number
  readonly #maxPerAuthor: number

  constructor(
    genesis: Genesis,
    { maxStatements = MAX_STATEMENTS, maxPerAuthor = MAX_STATEMENTS_PER_AUTHOR } = {},
  ) {
    this.#founders = new Set(genesis.members.map(({ id }) => id))
    this.#maxStatements = maxStatements
    this.#maxPerAuthor = maxPerAuthor
  }

  /** Why a statement whose parents are all here may not enter; null if it may. `isNeeded`: another author's statement builds on it. */
  objection({ statement }: OpenedStatement, index: CausalIndex, isNeeded: boolean): string | null {
    const { author, parents } = statement
    const isKnown = this.#founders.has(author) || index.isKnownFrom(parents, this.#namedIn.get(author) ?? [])
    if (!isKnown) return 'not-a-member'
    if (index.size >= this.#maxStatements) return 'ledger-full'
    return (this.#countOf.get(author) ?? 0) >= this.#maxPerAuthor && !isNeeded ? 'too-many-statements' : null
  }

  entered({ statement: { author, action } }: OpenedStatement, number: number): void {
    this.#countOf.set(author, (this.#countOf.get(author) ?? 0) + 1)
    const newcomer = action.type === 'add' ? action.peer : action.type === 'replace' ? action.next : undefined
    if (newcomer === undefined) return
    const named = this.#namedIn.get(newcomer)
    if (named === undefined) this.#namedIn.set(newcomer, [number])
    else named.push(number)
  }
}
