import { charterOf } from './action-facts.ts'
import type { AmendAction } from './types.ts'

/** The chain of charters at one point of the fold. */
export class FoldCharters {
  /** Digest of the one in force. */
  current: string
  /** Those whose contributions count, the one in force last. */
  counting: readonly string[]
  readonly bytes = new Map<string, Uint8Array>()
  readonly #chain: Set<string>
  readonly #voters = new Map<string, Set<string>>()

  constructor(founding: string) {
    this.current = founding
    this.counting = [founding]
    this.#chain = new Set([founding])
  }

  /** Why a vote for this successor says nothing; null if it may. A charter comes but once. */
  objection(from: string, next: string): string | null {
    return this.#chain.has(next) || (this.#chain.has(from) && from !== this.current) ? 'superseded' : null
  }

  /** True for the first vote of a member on what follows `from`. */
  mayVote(author: string, from: string): boolean {
    const voters = this.#voters.get(from) ?? new Set()
    this.#voters.set(from, voters)
    return !voters.has(author) && voters.add(author).has(author)
  }

  amend(action: AmendAction): void {
    const next = charterOf(action)
    this.current = next
    this.counting = action.carries === 'contributions' ? [...this.counting, next] : [next]
    this.bytes.set(next, action.charter)
    this.#chain.add(next)
  }
}
