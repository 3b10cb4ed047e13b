import type { LedgerState } from '../../gossip/index.ts'
import type { CommandOf } from '../command-request.ts'
import { findWho, memberCandidates, type Candidate } from './find-who.ts'
import { personOf } from './members-report.ts'
import type { MembershipSite, PersonReport, VoteReport } from './types.ts'
import { vote } from './vote.ts'

export type ReplaceReport = PersonReport & VoteReport & { readonly next: PersonReport }

interface NewKey extends Candidate {
  /** Its signed join request. */
  readonly request: Uint8Array
}

/**
 * A vote that a new key takes the place of a lost one. The new key is known by its request, which has come here or is part of a vote
 * under way.
 *
 * @throws PeermergeError ERR_WHO_UNKNOWN, ERR_WHO_AMBIGUOUS, ERR_NOT_A_MEMBER
 */
export async function replaceKey(
  site: MembershipSite,
  { who, next: newKey }: CommandOf<'replace'>,
): Promise<ReplaceReport> {
  const { state } = site.ledger
  const { peer, name } = findWho(who, memberCandidates(state), 'member')
  const next = findWho(newKey, newKeys(site, state), 'new key')
  const report = await vote(site, {
    action: {
      type: 'replace',
      peer,
      next: next.peer,
      upTo: site.highestSequence(peer),
      request: next.request,
    },
    isSame: (other) => other.type === 'replace' && other.peer === peer && other.next === next.peer,
    isDone: ({ members }) => members.has(next.peer) && !members.has(peer),
  })
  return {
    ...personOf({ id: peer, name }),
    next: personOf({ id: next.peer, name: next.name }),
    ...report,
  }
}

function newKeys({ requests }: MembershipSite, { proposals, members, former }: LedgerState): NewKey[] {
  const voted = proposals.flatMap(({ action }) => {
    if (action.type !== 'replace') return []
    return [{ peer: action.next, name: members.get(action.peer)?.name ?? '', request: action.request }]
  })
  const byPeer = new Map([...voted, ...requests.waiting()].map((one) => [one.peer, one]))
  return [...byPeer.values()].filter(({ peer }) => !members.has(peer) && !former.has(peer))
}
