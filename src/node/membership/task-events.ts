import type { Ledger } from '../../gossip/index.ts'
import type { EventHub } from '../event-hub.ts'
import { nameOf } from './members-report.ts'

/** Tells of each task that is open and was not, from one state of the ledger to the next. */
export class TaskEvents {
  readonly #ledger: Pick<Ledger, 'state'>
  readonly #hub: EventHub
  readonly #told: Set<string>

  constructor(ledger: Pick<Ledger, 'state'>, hub: EventHub) {
    this.#ledger = ledger
    this.#hub = hub
    this.#told = new Set(ledger.state.tasks.keys())
  }

  /** The ledger has changed. */
  tell(): void {
    const { state } = this.#ledger
    for (const { id, name, classes, openedBy } of state.tasks.values()) {
      if (this.#told.has(id)) continue
      this.#told.add(id)
      this.#hub.emit({ type: 'task', id, name, classes: classes.length, openedBy: nameOf(state, openedBy) })
    }
  }
}
