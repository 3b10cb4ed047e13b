import { decodeEnvelope, type Ledger } from '../../gossip/records.ts'
import { contributionId, decodeHeader } from '../../merge/index.ts'
import type { EventHub } from '../event-hub.ts'
import { memberName } from '../member-name.ts'
import type { Roster } from '../roster.ts'

export interface EquivocationEventsInit {
  readonly ledger: Pick<Ledger, 'state' | 'statements'>
  readonly roster: Roster
  readonly hub: EventHub
}

/** Tells of each number under which a member is newly proven to have signed two contributions. */
export class EquivocationEvents {
  readonly #init: EquivocationEventsInit
  #known: ReadonlyMap<string, ReadonlySet<number>>

  constructor(init: EquivocationEventsInit) {
    this.#init = init
    this.#known = init.ledger.state.equivocations
  }

  /** The ledger has changed. */
  tell(): void {
    const { ledger, roster, hub } = this.#init
    const { equivocations } = ledger.state
    for (const [peer, numbers] of equivocations) {
      const fresh = [...numbers].filter((number) => this.#known.get(peer)?.has(number) !== true)
      for (const number of fresh) {
        const ids = this.#provenIds(peer, number)
        hub.emit({ type: 'equivocation', peer, name: memberName(roster, peer), ids })
      }
    }
    this.#known = equivocations
  }

  /** Of the two contributions that the first proof shows. */
  #provenIds(peer: string, number: number): string[] {
    for (const { statement } of this.#init.ledger.statements()) {
      const { action } = statement
      if (action.type !== 'equivocation') continue
      const [first, second] = [action.first, action.second].map((bytes) => decodeEnvelope(bytes).header)
      const header = decodeHeader(first!)
      if (header.peer === peer && header.sequence === number) return [first!, second!].map(contributionId)
    }
    return []
  }
}
