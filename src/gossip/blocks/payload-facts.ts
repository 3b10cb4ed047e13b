import { MAX_PAYLOAD_FACTS } from '../constants.ts'
import type { OpenedEnvelope } from '../contributions/open-envelope.ts'
import { openEnvelope } from '../contributions/open-envelope.ts'
import type { GossipStore } from '../types.ts'
import { BoundedMap } from '../wire/bounded-map.ts'

/** What a contribution's envelope says of its payload. */
export interface PayloadFact {
  readonly author: string
  readonly size: number
  /** Digests. */
  readonly chunks: readonly string[]
}

/** Remembers them of the contributions used last: a fetch, its end and each request of others would open the envelope anew. */
export class PayloadFacts {
  readonly #store: Pick<GossipStore, 'getEnvelope'>
  readonly #consortium: string
  readonly #facts = new BoundedMap<string, PayloadFact>(MAX_PAYLOAD_FACTS)

  constructor(store: Pick<GossipStore, 'getEnvelope'>, consortium: string) {
    this.#store = store
    this.#consortium = consortium
  }

  /** Of an envelope whose signature has been checked. */
  learn({ id, header: { peer: author, payload } }: OpenedEnvelope): PayloadFact {
    const fact = { author, size: payload.size, chunks: payload.chunks }
    this.#facts.set(id, fact)
    return fact
  }

  /** Undefined for a contribution that is not in the store. @throws RefusedError - what is stored is not a good envelope */
  async of(id: string): Promise<PayloadFact | undefined> {
    const known = this.#facts.get(id)
    if (known !== undefined) return known
    const envelope = await this.#store.getEnvelope(id)
    return envelope && this.learn(await openEnvelope(envelope, this.#consortium))
  }
}
