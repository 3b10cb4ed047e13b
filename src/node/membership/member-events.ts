import type { Ledger } from '../../gossip/index.ts'
import type { EventHub } from '../event-hub.ts'

/** Tells who has come and who has gone, from one state of the ledger to the next. */
export class MemberEvents {
  readonly #ledger: Pick<Ledger, 'state'>
  readonly #hub: EventHub
  #known: ReadonlyMap<string, { readonly id: string; readonly name: string }>

  constructor(ledger: Pick<Ledger, 'state'>, hub: EventHub) {
    this.#ledger = ledger
    this.#hub = hub
    this.#known = ledger.state.members
  }

  /** The ledger has changed. */
  tell(): void {
    const { members } = this.#ledger.state
    for (const member of members.values()) {
      if (!this.#known.has(member.id)) this.#emit(member, 'joined')
    }
    for (const member of this.#known.values()) {
      if (!members.has(member.id)) this.#emit(member, 'removed')
    }
    this.#known = members
  }

  #emit({ id, name }: { readonly id: string; readonly name: string }, change: 'joined' | 'removed'): void {
    this.#hub.emit({ type: 'member', peer: id, name, change })
  }
}
