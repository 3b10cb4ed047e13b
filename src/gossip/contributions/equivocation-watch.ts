import { MAX_HELD } from '../constants.ts'
import type { GossipStore } from '../types.ts'
import { BoundedMap } from '../wire/bounded-map.ts'
import type { OpenedEnvelope } from './open-envelope.ts'

/** Two envelopes that one peer signed under one number. */
export interface Contradiction {
  readonly peer: string
  readonly sequence: number
  /** The one with the smaller id. */
  readonly first: Uint8Array
  readonly second: Uint8Array
}

type Numbered = Pick<OpenedEnvelope['header'], 'peer' | 'sequence'>

/**
 * Compares every envelope whose signature holds with what is known under its author and number, whatever becomes of it: also one that the
 * charter refuses has been signed.
 */
export class EquivocationWatch {
  readonly #store: Pick<GossipStore, 'getEnvelope'>
  readonly #onFound: (found: Contradiction) => void
  readonly #stored = new Map<string, string>()
  readonly #others = new BoundedMap<string, OpenedEnvelope>(MAX_HELD)

  constructor(store: Pick<GossipStore, 'getEnvelope'>, onFound: (found: Contradiction) => void) {
    this.#store = store
    this.#onFound = onFound
  }

  /** This one is in the store. */
  stored(id: string, facts: Numbered): void {
    const key = keyOf(facts)
    if (!this.#stored.has(key)) this.#stored.set(key, id)
    this.#others.delete(key)
  }

  /** Never throws; a store that fails now is asked again when the envelope comes again. */
  see(opened: OpenedEnvelope): void {
    this.#compare(opened).catch(() => undefined)
  }

  async #compare(opened: OpenedEnvelope): Promise<void> {
    const { id, header, bytes } = opened
    const key = keyOf(header)
    const storedId = this.#stored.get(key)
    const stored = storedId === undefined ? undefined : await this.#store.getEnvelope(storedId)
    const other =
      storedId !== undefined && stored !== undefined ? { id: storedId, bytes: stored } : this.#others.get(key)
    if (other === undefined) this.#others.set(key, opened)
    if (other === undefined || other.id === id) return
    const [first, second] = other.id < id ? [other.bytes, bytes] : [bytes, other.bytes]
    this.#onFound({ peer: header.peer, sequence: header.sequence, first, second })
  }
}

function keyOf({ peer, sequence }: Numbered): string {
  return `${peer} ${sequence}`
}
