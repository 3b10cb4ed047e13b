import type { ContributionHeader } from '../../merge/index.ts'
import { OrderedIds } from '../sync/ordered-ids.ts'
import type { ContributionState } from '../types.ts'

/** What decides whether a contribution counts under a ledger. */
export type HeaderFacts = Pick<ContributionHeader, 'consortium' | 'charter' | 'peer' | 'sequence'>

/**
 * The contributions that a node offers to others: not rejected, and counting under its ledger. A withdrawn one or one of a
 * removed member leaves the set on every node that knows the statement, and comes back if the statement is overruled.
 */
export class OfferedIds {
  readonly ids = new OrderedIds()
  readonly #counts: (facts: HeaderFacts, id: string) => boolean
  readonly #facts = new Map<string, HeaderFacts>()
  readonly #highest = new Map<string, number>()

  constructor(counts: (facts: HeaderFacts, id: string) => boolean = () => true) {
    this.#counts = counts
  }

  /** To be called before `settle`. */
  learn(id: string, facts: HeaderFacts | undefined): void {
    if (facts === undefined) return
    const { consortium, charter, peer, sequence } = facts // no more of the header: it lists every chunk
    this.#facts.set(id, { consortium, charter, peer, sequence })
    this.saw(facts)
  }

  /** Somebody has signed this number, whatever becomes of it. To be called for members alone, as every name takes memory. */
  saw({ peer, sequence }: Pick<HeaderFacts, 'peer' | 'sequence'>): void {
    this.#highest.set(peer, Math.max(sequence, this.highestSequence(peer)))
  }

  settle(id: string, state: ContributionState): void {
    const facts = this.#facts.get(id)
    if (state !== 'rejected' && (facts === undefined || this.#counts(facts, id))) this.ids.add(id)
    else this.ids.delete(id)
  }

  /** What counts has changed. */
  review(known: ReadonlyMap<string, ContributionState>): void {
    for (const [id, state] of known) this.settle(id, state)
  }

  highestSequence(peer: string): number {
    return this.#highest.get(peer) ?? 0
  }
}
