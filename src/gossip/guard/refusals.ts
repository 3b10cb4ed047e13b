/** What a ceiling has turned away, by the name of the ceiling. */
export type CeilingName =
  | 'pending-connections'
  | 'connections-per-peer'
  | 'streams'
  | 'streams-per-peer'
  | 'request-rate'
  | 'gossip-rate'
  | 'announcer-rate'
  | 'author-rate'
  | 'author-full'
  | 'untold'

/** How often each ceiling was met since the start; what is counted here has cost the peer that met it nothing else. */
export class Refusals {
  readonly #counts = new Map<CeilingName, number>()

  note(ceiling: CeilingName): void {
    this.#counts.set(ceiling, (this.#counts.get(ceiling) ?? 0) + 1)
  }

  counts(): Readonly<Partial<Record<CeilingName, number>>> {
    return Object.fromEntries(this.#counts)
  }
}
