import { OrderedIds } from '../sync/ordered-ids.ts'
import type { SyncSet } from '../sync/sync-set.ts'
import type { Ledger } from './ledger.ts'

/** The statements of a ledger as a set that peers reconcile. All that is there is offered, whether it has an effect or not. */
export function statementSet(ledger: Ledger): SyncSet {
  const ids = new OrderedIds()
  for (const { id } of ledger.statements()) ids.add(id)
  ledger.events.on('entered', ({ id }) => ids.add(id))
  return {
    name: 'statements',
    offered: () => ids,
    wants: (id) => ledger.wants(id),
    get: (id) => Promise.resolve(ledger.get(id)?.bytes),
    enter: async (bytes, from) => (await ledger.enter(bytes, from)).id,
  }
}
