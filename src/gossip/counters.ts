import { SYNC_PROTOCOL } from './constants.ts'

/** Of one protocol, or of the topic. Bytes are of messages, before encryption and framing. */
export interface ProtocolCounts {
  sentBytes: number
  receivedBytes: number
  /** Streams opened by this node, and by others. */
  opened: number
  accepted: number
  /** Streams that this node gave up. */
  broken: number
}

/** A ceiling that others met; what is counted under it has cost the peer that met it nothing else. */
export type CeilingName =
  | 'pending-connections'
  | 'connections-per-peer'
  | 'streams'
  | 'streams-per-peer'
  | 'request-rate'
  | 'gossip-rate'
  | 'announcer-rate'
  | 'round-rate'
  | 'author-rate'
  | 'author-full'
  | 'untold'

/** Reasons are told by peers' conduct, so they are bounded; what comes after is counted as `other`. */
const MOST_REASONS = 64

/** What a network has done since it was made, as plain numbers. */
export class NetworkCounters {
  readonly #protocols = new Map<string, ProtocolCounts>()
  readonly #refusals = new Map<string, number>()
  readonly #ceilings = new Map<CeilingName, number>()
  /** Chunks that came and were kept. */
  chunksFetched = 0
  fetchedBytes = 0
  /** Chunks that came although they were here already. */
  chunksRepeated = 0
  chunksServed = 0
  servedBytes = 0

  /** Of a protocol by its name; the numbers are for the caller to count up. */
  protocol(name: string): ProtocolCounts {
    const known = this.#protocols.get(name)
    if (known !== undefined) return known
    const counts = { sentBytes: 0, receivedBytes: 0, opened: 0, accepted: 0, broken: 0 }
    this.#protocols.set(name, counts)
    return counts
  }

  /** Reconciliations that this node began. */
  get reconciliations(): number {
    return this.protocol(SYNC_PROTOCOL).opened
  }

  protocols(): ReadonlyMap<string, Readonly<ProtocolCounts>> {
    return this.#protocols
  }

  /** Something was turned away, unread or undone. */
  met(ceiling: CeilingName): void {
    this.#ceilings.set(ceiling, (this.#ceilings.get(ceiling) ?? 0) + 1)
  }

  /** Those never met are absent. */
  ceilings(): Readonly<Partial<Record<CeilingName, number>>> {
    return Object.fromEntries(this.#ceilings)
  }

  /** Something of a peer's was refused, for a reason that has a name. */
  refused(reason: string): void {
    const key = this.#refusals.has(reason) || this.#refusals.size < MOST_REASONS ? reason : 'other'
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1)
  }

  refusals(): ReadonlyMap<string, number> {
    return this.#refusals
  }
}
