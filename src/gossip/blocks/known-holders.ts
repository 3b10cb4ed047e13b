import { BoundedMap } from '../wire/bounded-map.ts'
import { MAX_UNSETTLED } from '../constants.ts'

/** Who has said to know, or to hold whole, a contribution that this node still lacks. */
export class KnownHolders {
  /** By contribution and peer: whether it says to hold the whole payload. */
  readonly #holders = new BoundedMap<string, Map<string, boolean>>(MAX_UNSETTLED)

  /** Returns whether that is news. */
  note(id: string, peer: string, isWhole = false): boolean {
    const holders = this.#holders.get(id) ?? new Map<string, boolean>()
    const said = holders.get(peer)
    if (said === true || said === isWhole) return false
    this.#holders.set(id, holders.set(peer, isWhole))
    return true
  }

  /** Whether the peer says to hold the whole payload. */
  holdsWhole(id: string, peer: string): boolean {
    return this.#holders.get(id)?.get(peer) === true
  }

  forget(id: string): void {
    this.#holders.delete(id)
  }

  /** All `connected` peers in the order in which to ask them: whole holders, those who know it, others; each group shuffled to share the load. */
  inOrder(id: string, connected: readonly string[], random: () => number): string[] {
    const said = this.#holders.get(id)
    const rank = (peer: string): number => ({ true: 0, false: 1, undefined: 2 })[`${said?.get(peer)}`]
    const keyed = connected.map((peer) => ({ peer, key: rank(peer) + random() }))
    return keyed.sort((a, b) => a.key - b.key).map(({ peer }) => peer)
  }
}
