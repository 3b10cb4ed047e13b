interface Entry<V> {
  readonly value: V
  readonly owner: string
}

/**
 * A map of bounded size in which each entry is some peer's doing. When it is full, the peer with most entries loses its
 * oldest, so that one who fills it pushes out nothing but its own.
 */
export class FairMap<K, V> {
  readonly #capacity: number
  readonly #entries = new Map<K, Entry<V>>()
  readonly #owned = new Map<string, Set<K>>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  /** A key that is there keeps its place and its owner. */
  set(key: K, value: V, owner: string): void {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#entries.set(key, { value, owner: known.owner })
      return
    }
    this.#entries.set(key, { value, owner })
    const own = this.#owned.get(owner) ?? new Set()
    this.#owned.set(owner, own.add(key))
    if (this.#entries.size > this.#capacity) this.#forgetOne()
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    const own = this.#owned.get(entry.owner)
    if (own?.delete(key) === true && own.size === 0) this.#owned.delete(entry.owner)
    return this.#entries.delete(key)
  }

  entries(): [K, V][] {
    return [...this.#entries].map(([key, { value }]) => [key, value])
  }

  #forgetOne(): void {
    const [most] = [...this.#owned.values()].sort((a, b) => b.size - a.size)
    for (const oldest of most ?? []) {
      this.delete(oldest)
      return
    }
  }
}
