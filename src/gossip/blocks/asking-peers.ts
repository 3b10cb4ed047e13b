import { MAX_ASKERS_PER_PAYLOAD, MAX_UNSETTLED } from '../constants.ts'
import { BoundedMap } from '../wire/bounded-map.ts'

/** Who has asked for a payload that this node did not have whole, to be told when it has. */
export class AskingPeers {
  readonly #asked = new BoundedMap<string, Set<string>>(MAX_UNSETTLED)

  note(id: string, peer: string): void {
    const peers = this.#asked.get(id) ?? new Set()
    if (peers.size < MAX_ASKERS_PER_PAYLOAD) peers.add(peer)
    this.#asked.set(id, peers)
  }

  /** Takes out those of one payload. */
  take(id: string): string[] {
    const peers = [...(this.#asked.get(id) ?? [])]
    this.#asked.delete(id)
    return peers
  }
}
