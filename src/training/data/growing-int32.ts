/** Whole numbers under growing indices, 4 bytes each. */
export class GrowingInt32 {
  #data = new Int32Array(256)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#data.length) {
      const larger = new Int32Array(2 * this.#length)
      larger.set(this.#data)
      this.#data = larger
    }
    this.#data[this.#length++] = value
  }

  at(index: number): number {
    return this.#data[index]!
  }

  /** A copy of exactly the numbers pushed. */
  toArray(): Int32Array {
    return this.#data.slice(0, this.#length)
  }
}
