import { mapHas, type ChunkMap } from './chunk-map.ts'

export interface ChunkPickerInit {
  /** Numbers of the chunks still to be had. */
  readonly missing: Iterable<number>
  readonly random: () => number
}

/**
 * Which chunk to ask of whom: of those that a holder has and nobody is fetching, the one that the fewest known holders have, so that what
 * only one of them has is copied first; among equals any, so that peers which fetch the same payload can serve each other.
 */
export class ChunkPicker {
  readonly #random: () => number
  readonly #waiting: Set<number>
  readonly #taken = new Map<number, string>()
  readonly #maps = new Map<string, ChunkMap>()
  /** Chunks that a holder did not have when asked, whatever its map says. */
  readonly #denied = new Map<string, Set<number>>()

  constructor({ missing, random }: ChunkPickerInit) {
    this.#waiting = new Set(missing)
    this.#random = random
  }

  get missing(): number {
    return this.#waiting.size + this.#taken.size
  }

  /** Whether something is under way: what breaks off may come back. */
  get isFetching(): boolean {
    return this.#taken.size > 0
  }

  learn(peer: string, map: ChunkMap): void {
    this.#maps.set(peer, map)
  }

  /** Whether the map of a holder is known. */
  knows(peer: string): boolean {
    return this.#maps.has(peer)
  }

  /** The holder is not asked any more, and what it alone has is not counted as to be had. */
  forget(peer: string): void {
    this.#maps.delete(peer)
  }

  /** Whether the peer has anything that is still to be had, be it under way from another one. */
  isUseful(peer: string): boolean {
    return [...this.#waiting, ...this.#taken.keys()].some((chunk) => this.#has(peer, chunk))
  }

  /** Whether any known holder has anything that is still to be had. */
  isOffered(): boolean {
    return [...this.#maps.keys()].some((peer) => this.isUseful(peer))
  }

  /** The rarest chunk that this holder can give; it is the caller's until `keep` or `giveBack`. */
  take(peer: string): number | undefined {
    let rarest: number[] = []
    let least = Infinity
    for (const chunk of this.#waiting) {
      if (!this.#has(peer, chunk)) continue
      const holders = this.#holdersOf(chunk)
      if (holders > least) continue
      if (holders < least) rarest = []
      least = holders
      rarest.push(chunk)
    }
    const chunk = rarest[Math.floor(this.#random() * rarest.length)]
    if (chunk === undefined) return undefined
    this.#waiting.delete(chunk)
    this.#taken.set(chunk, peer)
    return chunk
  }

  /** Chunks under way from others that this peer could give, too. */
  underWayElsewhere(peer: string): number[] {
    return [...this.#taken].flatMap(([chunk, from]) =>
      from !== peer && this.#has(peer, chunk) ? [chunk] : [],
    )
  }

  keep(chunk: number): void {
    this.#taken.delete(chunk)
    this.#waiting.delete(chunk)
  }

  giveBack(chunk: number): void {
    if (this.#taken.delete(chunk)) this.#waiting.add(chunk)
  }

  /** The peer was asked and has it not. */
  deny(peer: string, chunk: number): void {
    const denied = this.#denied.get(peer)
    if (denied === undefined) this.#denied.set(peer, new Set([chunk]))
    else denied.add(chunk)
    this.giveBack(chunk)
  }

  #has(peer: string, chunk: number): boolean {
    const map = this.#maps.get(peer)
    return map !== undefined && mapHas(map, chunk) && this.#denied.get(peer)?.has(chunk) !== true
  }

  #holdersOf(chunk: number): number {
    let count = 0
    for (const peer of this.#maps.keys()) if (this.#has(peer, chunk)) count++
    return count
  }
}
