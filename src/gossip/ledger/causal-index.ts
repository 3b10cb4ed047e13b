import { PastSet } from './past-set.ts'
import type { OpenedStatement } from './types.ts'

/**
 * Statements in an order in which they could have come, numbered, each with the set of all that its author knew.
 *
 * Memory: n²/16 bytes for n statements, 16 MiB at the ceiling.
 */
export class CausalIndex {
  readonly statements: OpenedStatement[] = []
  readonly #past: PastSet[] = []
  readonly #numbers = new Map<string, number>()
  readonly #heads = new Set<string>()

  get size(): number {
    return this.statements.length
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  has(id: string): boolean {
    return this.#numbers.has(id)
  }

  /** Ids that no other statement names, ascending. */
  heads(): string[] {
    return [...this.#heads].sort()
  }

  missingParents({ statement }: OpenedStatement): string[] {
    return statement.parents.filter((id) => !this.#numbers.has(id))
  }

  /** Its parents must be here. Whether it knew all that was here before. */
  add(opened: OpenedStatement): { readonly number: number; readonly isNewest: boolean } {
    const { id, statement } = opened
    const number = this.statements.length
    const past = new PastSet(number + 1)
    past.add(number)
    for (const parent of statement.parents) {
      past.addAll(this.#past[this.#numbers.get(parent)!]!)
      this.#heads.delete(parent)
    }
    const isNewest = this.#heads.size === 0
    this.#heads.add(id)
    this.#past.push(past)
    this.#numbers.set(id, number)
    this.statements.push(opened)
    return { number, isNewest }
  }

  /** The statement itself and all before it. */
  pastOf(number: number): PastSet {
    return this.#past[number]!
  }

  /** Whether a statement with these parents, itself not here, knows one of them. */
  isKnownFrom(parents: readonly string[], numbers: readonly number[]): boolean {
    return parents.some((parent) => this.pastOf(this.#numbers.get(parent)!).hasAny(numbers))
  }
}
