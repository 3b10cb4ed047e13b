import { MAX_INBOUND_STREAMS, MAX_INBOUND_STREAMS_PER_PEER } from '../constants.ts'
import type { CeilingName } from '../counters.ts'

/** Inbound streams being served, over all protocols. */
export class StreamPlaces {
  readonly #perPeer = new Map<string, number>()
  #taken = 0

  /** Takes a place that `leave` gives back; or returns the ceiling that was met. */
  enter(peer: string): CeilingName | undefined {
    const own = this.#perPeer.get(peer) ?? 0
    if (own >= MAX_INBOUND_STREAMS_PER_PEER) return 'streams-per-peer'
    if (this.#taken >= MAX_INBOUND_STREAMS) return 'streams'
    this.#perPeer.set(peer, own + 1)
    this.#taken++
    return undefined
  }

  leave(peer: string): void {
    const own = (this.#perPeer.get(peer) ?? 0) - 1
    if (own > 0) this.#perPeer.set(peer, own)
    else this.#perPeer.delete(peer)
    this.#taken--
  }
}
