/** Chunks still to be had of one payload, and which holders have already been asked for each. */
export class ChunkQueue {
  readonly #waiting = new Map<string, Set<string>>()
  readonly #taken = new Map<string, Set<string>>()

  constructor(digests: Iterable<string>) {
    for (const digest of digests) this.#waiting.set(digest, new Set())
  }

  get missing(): number {
    return this.#waiting.size + this.#taken.size
  }

  hasFor(holder: string): boolean {
    for (const asked of this.#waiting.values()) if (!asked.has(holder)) return true
    return false
  }

  /** A chunk that this holder has not been asked for; it is the caller's until `keep` or `giveBack`. */
  take(holder: string): string | undefined {
    for (const [digest, asked] of this.#waiting) {
      if (asked.has(holder)) continue
      asked.add(holder)
      this.#waiting.delete(digest)
      this.#taken.set(digest, asked)
      return digest
    }
    return undefined
  }

  keep(digest: string): void {
    this.#taken.delete(digest)
  }

  giveBack(digest: string): void {
    const asked = this.#taken.get(digest)
    if (asked === undefined) return
    this.#taken.delete(digest)
    this.#waiting.set(digest, asked)
  }
}
