import { PeermergeError } from '../../errors.ts'
import type { CommandOf } from '../command-request.ts'
import { findWho, memberCandidates } from './find-who.ts'
import { nameOf, personOf } from './members-report.ts'
import type { MembershipSite, PersonReport, VoteReport } from './types.ts'
import { vote } from './vote.ts'

/**
 * A vote against a member.
 *
 * @throws PeermergeError ERR_WHO_UNKNOWN, ERR_WHO_AMBIGUOUS, ERR_SELF, ERR_NOT_A_MEMBER
 */
export async function removeMember(
  site: MembershipSite,
  { who, past }: CommandOf<'remove'>,
): Promise<PersonReport & VoteReport> {
  const { peer, name } = findWho(who, memberCandidates(site.ledger.state), 'member')
  if (peer === site.identity.peer) {
    throw new PeermergeError('ERR_SELF', 'remove: this is the site itself; it goes with peermerge leave')
  }
  const report = await vote(site, {
    action: { type: 'remove', peer, past, upTo: site.highestSequence(peer) },
    isSame: (other) => other.type === 'remove' && other.peer === peer,
    isDone: ({ members }) => !members.has(peer),
  })
  return { ...personOf({ id: peer, name }), ...report }
}

/**
 * Takes this site out; what it has contributed stays. A site that is out meets nobody any more, so it must be connected to say it.
 *
 * @throws PeermergeError ERR_LAST_MEMBER, ERR_NOT_A_MEMBER, ERR_NOT_CONNECTED
 */
export async function leave(site: MembershipSite): Promise<PersonReport> {
  const { peer } = site.identity
  const { members } = site.ledger.state
  if (members.has(peer) && members.size === 1) {
    const problem = 'leave: nobody else is in the consortium, and without a member nobody can be let in'
    throw new PeermergeError('ERR_LAST_MEMBER', `${problem}; stop the node and delete its home instead`)
  }
  if ((site.connected()?.size ?? 0) === 0) {
    const problem = 'leave: no member is connected that could be told, and afterwards none will listen'
    throw new PeermergeError(
      'ERR_NOT_CONNECTED',
      `${problem}; run the node and wait for one (peermerge status)`,
    )
  }
  const left = personOf({ id: peer, name: nameOf(site.ledger.state, peer) })
  await vote(site, {
    action: { type: 'remove', peer, past: 'keep', upTo: site.highestSequence(peer) },
    isSame: () => false, // others may be voting on the same; its own word ends it
    isDone: (state) => !state.members.has(peer),
  })
  return left
}
