import { MAX_TELLERS, MAX_TOLD_BY_ONE } from '../constants.ts'
import { BoundedMap } from '../wire/bounded-map.ts'

/**
 * Where members are said to listen, by who said so: each says little of each member, so that no liar takes the room of others,
 * and what each said last takes the place of what it said before.
 */
export class Hearsay {
  readonly #said = new Map<string, BoundedMap<string, readonly string[]>>()

  learn(peer: string, addresses: readonly string[], teller: string): void {
    const said = this.#said.get(peer) ?? new BoundedMap<string, readonly string[]>(MAX_TELLERS)
    this.#said.set(peer, said)
    if (addresses.length > 0) said.set(teller, addresses.slice(0, MAX_TOLD_BY_ONE))
  }

  /** The first that each has said, then the second of each, and so on; in an order that does not hang on who spoke last. */
  of(peer: string): string[] {
    const said = (this.#said.get(peer)?.entries() ?? []).sort(([a], [b]) => (a < b ? -1 : 1))
    const lists = said.map(([, addresses]) => addresses)
    const found = new Set<string>()
    for (let at = 0; at < MAX_TOLD_BY_ONE; at++) {
      for (const [address] of lists.map((addresses) => addresses.slice(at))) {
        if (address !== undefined) found.add(address)
      }
    }
    return [...found]
  }
}
