import { addId, addSum, emptySum, type IdSum, removeId, subtractSum } from './id-sum.ts'

/** Fewer need more memory for sums (two of 256 bytes a block), more need more hashing per question. */
const MAX_BLOCK = 12

interface Block {
  /** Ascending; never empty. */
  readonly ids: string[]
  readonly sum: IdSum
}

/**
 * A set of ids (hexadecimal sha2-256) in ascending order, in blocks with their sums, so that the sum of any range costs
 * O(log n) look-ups and at most MAX_BLOCK hashes. A change costs the sums of the blocks after it, once per question.
 */
export class OrderedIds {
  readonly #blocks: Block[] = []
  /** Ids and sum of all blocks before the i-th. */
  #before: { count: number; sum: IdSum }[] = [{ count: 0, sum: emptySum() }]
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Whether it was new. */
  add(id: string): boolean {
    const index = Math.max(0, this.#firstBlockAbove(id) - 1)
    const block = this.#blocks[index]
    if (block === undefined) {
      const sum = emptySum()
      addId(sum, id)
      this.#blocks.push({ ids: [id], sum })
    } else {
      const place = firstNotBelow(block.ids, id)
      if (block.ids[place] === id) return false
      block.ids.splice(place, 0, id)
      addId(block.sum, id)
      if (block.ids.length > MAX_BLOCK) this.#split(index, block)
    }
    this.#changed(index, 1)
    return true
  }

  /** Whether it was there. */
  delete(id: string): boolean {
    const index = Math.max(0, this.#firstBlockAbove(id) - 1)
    const block = this.#blocks[index]
    if (block === undefined) return false
    const place = firstNotBelow(block.ids, id)
    if (block.ids[place] !== id) return false
    block.ids.splice(place, 1)
    removeId(block.sum, id)
    if (block.ids.length === 0) this.#blocks.splice(index, 1)
    this.#changed(index, -1)
    return true
  }

  has(id: string): boolean {
    const block = this.#blocks[this.#firstBlockAbove(id) - 1]
    return block !== undefined && block.ids[firstNotBelow(block.ids, id)] === id
  }

  /** How many ids are below `bound`, a prefix of ids. */
  rank(bound: string): number {
    const index = this.#firstBlockAbove(bound) - 1
    const block = this.#blocks[index]
    return block === undefined ? 0 : this.#upTo(index).count + firstNotBelow(block.ids, bound)
  }

  /** Ids of ranks `from` (inclusive) to `to` (exclusive), ascending. */
  slice(from: number, to: number): string[] {
    const ids: string[] = []
    for (let index = this.#blockAt(from); ids.length < to - from && index < this.#blocks.length; index++) {
      const start = Math.max(0, from - this.#upTo(index).count)
      ids.push(...this.#blocks[index]!.ids.slice(start, start + to - from - ids.length))
    }
    return ids
  }

  /** For ascending `ranks`, the sums of the ids from each rank (inclusive) to the next (exclusive). */
  sums(ranks: readonly number[]): IdSum[] {
    const below = ranks.map((rank) => this.#sumBelow(rank))
    const sums = below.slice(1).map((sum) => sum.slice())
    for (const [i, sum] of sums.entries()) subtractSum(sum, below[i]!)
    return sums
  }

  values(): string[] {
    return this.#blocks.flatMap(({ ids }) => ids)
  }

  #sumBelow(rank: number): IdSum {
    const index = this.#blockAt(rank)
    const { count, sum } = this.#upTo(index)
    const inside = rank - count
    const ids = this.#blocks[index]?.ids ?? []
    if (inside <= ids.length / 2) {
      const result = sum.slice()
      for (const id of ids.slice(0, inside)) addId(result, id)
      return result
    }
    const result = this.#upTo(index + 1).sum.slice()
    for (const id of ids.slice(inside)) removeId(result, id)
    return result
  }

  /** The block in which the id of this rank is; the number of blocks if there is none. */
  #blockAt(rank: number): number {
    this.#upTo(this.#blocks.length)
    return partition(this.#blocks.length, (i) => this.#before[i + 1]!.count <= rank)
  }

  #firstBlockAbove(id: string): number {
    return partition(this.#blocks.length, (i) => this.#blocks[i]!.ids[0]! <= id)
  }

  #split(index: number, block: Block): void {
    const ids = block.ids.splice(block.ids.length / 2)
    const sum = emptySum()
    for (const id of ids) addId(sum, id)
    subtractSum(block.sum, sum)
    this.#blocks.splice(index + 1, 0, { ids, sum })
  }

  #changed(index: number, by: number): void {
    this.#size += by
    if (this.#before.length > index + 1) this.#before.length = index + 1
  }

  #upTo(index: number): { readonly count: number; readonly sum: IdSum } {
    while (this.#before.length <= index) {
      const { count, sum } = this.#before.at(-1)!
      const block = this.#blocks[this.#before.length - 1]!
      const next = { count: count + block.ids.length, sum: sum.slice() }
      addSum(next.sum, block.sum)
      this.#before.push(next)
    }
    return this.#before[index]!
  }
}

function firstNotBelow(ids: readonly string[], id: string): number {
  return partition(ids.length, (i) => ids[i]! < id)
}

/** How many of 0 … `length` − 1 satisfy `isBefore`, which holds for none after the first for which it does not. */
function partition(length: number, isBefore: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(middle)) low = middle + 1
    else high = middle
  }
  return low
}
