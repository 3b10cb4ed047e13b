import { CausalIndex } from './causal-index.ts'
import { runFold, stateOf } from './fold-ledger.ts'
import { Fold } from './fold.ts'
import type { Genesis, LedgerState, OpenedStatement } from './types.ts'

/**
 * A set of statements that grows, and what it says. A statement whose author knew all others comes last in the canonical order and is
 * applied on top; after any other all are folded anew when the state is asked for.
 */
export class LedgerView {
  readonly index = new CausalIndex()
  readonly #genesis: Genesis
  #fold: Fold
  #isStale = false

  constructor(genesis: Genesis) {
    this.#genesis = genesis
    this.#fold = new Fold(this.index, genesis, { decisions: [], overruled: new Set() })
  }

  add(opened: OpenedStatement): void {
    const { number, isNewest } = this.index.add(opened)
    if (isNewest && !this.#isStale) this.#fold.apply(number)
    this.#isStale ||= !isNewest || this.#fold.isStale
  }

  state(): LedgerState {
    if (this.#isStale) this.#fold = runFold(this.index, this.#genesis)
    this.#isStale = false
    return stateOf(this.index, this.#fold)
  }
}
