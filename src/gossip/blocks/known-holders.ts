import { BoundedMap } from '../wire/bounded-map.ts'
import { MAX_UNSETTLED } from '../constants.ts'

/** Who has said to hold a contribution that this node still lacks. */
export class KnownHolders {
  readonly #holders = new BoundedMap<string, Set<string>>(MAX_UNSETTLED)

  note(id: string, peer: string): void {
    const holders = this.#holders.get(id)
    if (holders === undefined) this.#holders.set(id, new Set([peer]))
    else holders.add(peer)
  }

  forget(id: string): void {
    this.#holders.delete(id)
  }

  /** All `connected` peers in the order in which to ask them: those who said so first, each group shuffled to share the load. */
  inOrder(id: string, connected: readonly string[], random: () => number): string[] {
    const said = this.#holders.get(id) ?? new Set()
    const keyed = connected.map((peer) => ({ peer, key: (said.has(peer) ? 0 : 1) + random() }))
    return keyed.sort((a, b) => a.key - b.key).map(({ peer }) => peer)
  }
}
