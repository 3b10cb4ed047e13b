/** How much memory the records of all stores of a trainer may take. */
export const DEFAULT_MEMORY_BYTES = 1024 ** 3

/** Bytes that several stores may take together. */
export class MemoryBudget {
  #left: number

  constructor(bytes: number = DEFAULT_MEMORY_BYTES) {
    this.#left = bytes
  }

  /** Takes bytes out of the budget; false, and nothing taken, where they are not there. */
  reserve(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  release(bytes: number): void {
    this.#left += bytes
  }
}
