import type { AdmissionControl } from '../../gossip/index.ts'
import type { NodeStore } from '../types.ts'
import { charterInForce } from '../carried-charters.ts'
import type { DeskSite } from './open-desk.ts'
import { issuedTickets } from './issued-tickets.ts'
import type { KnownPlaces } from './ticket-addresses.ts'
import type { MembershipSite } from './types.ts'

export interface MembershipParts {
  readonly site: DeskSite
  readonly requests: AdmissionControl
  readonly store: Pick<NodeStore, 'list' | 'nextSequence'>
  readonly networkKey: Uint8Array | null
  readonly places: () => KnownPlaces
  readonly connected: () => ReadonlySet<string> | undefined
  readonly lastSeen: (peer: string) => string | null
}

/** The parts of a site, as the membership commands ask for them. */
export function membershipSite({ site, store, ...parts }: MembershipParts): MembershipSite {
  return {
    ...site,
    ...parts,
    tickets: issuedTickets(site.paths.tickets, Date.now),
    charter: () => charterInForce(site.ledger.state, site.founding),
    highestSequence: (peer) => store.nextSequence(peer) - 1,
    contributed: (peer) => store.list('admitted').filter(({ header }) => header.peer === peer).length,
    contributedTo: (taskId) => store.list('admitted').filter(({ header }) => header.task === taskId).length,
    now: () => Date.now(),
  }
}
