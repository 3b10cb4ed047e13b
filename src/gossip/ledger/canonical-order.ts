import type { CausalIndex } from './causal-index.ts'
import { SmallestFirst } from './smallest-first.ts'
import type { OpenedStatement } from './types.ts'

const REMOVES = 0
const REPLACES = 1
const OTHERS = 2
const LEAVES = 3

/**
 * All statements in one order that depends on the set alone: after what their authors knew; of what could come next, votes to remove come
 * first, then the smaller id. Who leaves does so as late as possible: a leave that is dated back must not undo what its author did before.
 *
 * Cost: n log n for n statements.
 */
export function canonicalOrder(index: CausalIndex): number[] {
  const { statements } = index
  const missing = statements.map(({ statement }) => statement.parents.length)
  const children = childrenOf(index)
  const ranks = statements.map(rankOf)
  const comesBefore = (a: number, b: number): boolean =>
    ranks[a]! === ranks[b]! ? statements[a]!.id < statements[b]!.id : ranks[a]! < ranks[b]!
  const next = new SmallestFirst(comesBefore)
  const leaves = new SmallestFirst(comesBefore)
  const placed = new Placed(index)
  const offer = (number: number): void => (ranks[number] === LEAVES ? leaves : next).push(number)
  missing.forEach((count, number) => count === 0 && offer(number))
  while (placed.order.length < statements.length) {
    const number = next.pop() ?? placed.lastWord(leaves)
    placed.add(number)
    for (const child of children[number]!) if (--missing[child]! === 0) offer(child)
  }
  return placed.order
}

class Placed {
  readonly order: number[] = []
  readonly #index: CausalIndex
  readonly #isPlaced: Uint8Array
  readonly #byAuthor = new Map<string, number[]>()

  constructor(index: CausalIndex) {
    this.#index = index
    this.#isPlaced = new Uint8Array(index.size)
    index.statements.forEach(({ statement: { author } }, number) => {
      const own = this.#byAuthor.get(author)
      if (own === undefined) this.#byAuthor.set(author, [number])
      else own.push(number)
    })
  }

  add(number: number): void {
    this.order.push(number)
    this.#isPlaced[number] = 1
  }

  /** The first leave whose author has nothing else to say that did not follow it; if all have, the first. */
  lastWord(leaves: SmallestFirst<number>): number {
    const passedOver: number[] = []
    let chosen = leaves.pop()
    while (chosen !== undefined && this.#hasMore(chosen)) {
      passedOver.push(chosen)
      chosen = leaves.pop()
    }
    chosen ??= passedOver.shift()!
    for (const number of passedOver) leaves.push(number)
    return chosen
  }

  #hasMore(leave: number): boolean {
    const own = this.#byAuthor.get(this.#index.statements[leave]!.statement.author)!
    return own.some(
      (number) => number !== leave && this.#isPlaced[number] === 0 && !this.#index.pastOf(number).has(leave),
    )
  }
}

function rankOf({ statement: { author, action } }: OpenedStatement): number {
  if (action.type !== 'remove' && action.type !== 'replace') return OTHERS
  if (action.peer === author) return LEAVES
  return action.type === 'remove' ? REMOVES : REPLACES
}

function childrenOf(index: CausalIndex): number[][] {
  const children: number[][] = index.statements.map(() => [])
  index.statements.forEach(({ statement }, number) => {
    for (const parent of statement.parents) children[index.numberOf(parent)!]!.push(number)
  })
  return children
}
