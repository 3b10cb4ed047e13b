/** A set of statements by their numbers, one bit each. */
export class PastSet {
  #words: Uint32Array

  constructor(count = 0) {
    this.#words = new Uint32Array((count + 31) >>> 5)
  }

  has(number: number): boolean {
    const word = this.#words[number >>> 5]
    return word !== undefined && ((word >>> (number & 31)) & 1) === 1
  }

  hasAny(numbers: readonly number[]): boolean {
    return numbers.some((number) => this.has(number))
  }

  countOf(numbers: readonly number[]): number {
    return numbers.reduce((count, number) => count + (this.has(number) ? 1 : 0), 0)
  }

  add(number: number): void {
    this.#grow((number >>> 5) + 1)
    this.#words[number >>> 5]! |= 1 << (number & 31)
  }

  addAll(other: PastSet): void {
    const words = other.#words
    this.#grow(words.length)
    for (let i = 0; i < words.length; i++) this.#words[i]! |= words[i]!
  }

  #grow(length: number): void {
    if (length <= this.#words.length) return
    const grown = new Uint32Array(length)
    grown.set(this.#words)
    this.#words = grown
  }
}
