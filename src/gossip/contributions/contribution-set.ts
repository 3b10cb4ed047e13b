import type { SyncSet } from '../sync/sync-set.ts'
import type { GossipStore } from '../types.ts'
import type { ContributionExchange } from './contribution-exchange.ts'

/** The contributions as a set that peers reconcile; payloads follow by the chunk protocol. */
export function contributionSet(
  exchange: ContributionExchange,
  store: Pick<GossipStore, 'getEnvelope'>,
  onOffered: (id: string, from: string) => void,
): SyncSet {
  return {
    name: 'contributions',
    offered: () => exchange.offered,
    wants: (id) => exchange.wants(id),
    get: (id) => store.getEnvelope(id),
    enter: async (bytes, from) => (await exchange.receive(bytes, from)).id,
    onOffered,
  }
}
