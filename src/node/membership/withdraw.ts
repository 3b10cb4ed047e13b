import { PeermergeError } from '../../errors.ts'
import type { CommandOf } from '../command-request.ts'
import type { MembershipSite } from './types.ts'
import { assertMember } from './vote.ts'

export interface Withdrawal {
  readonly upTo: number
}

/**
 * Withdraws what this site has contributed, up to a number or all that is known of, for ever.
 *
 * @throws PeermergeError ERR_NOTHING_TO_WITHDRAW, ERR_NOT_A_MEMBER
 */
export async function withdraw(site: MembershipSite, command: CommandOf<'withdraw'>): Promise<Withdrawal> {
  const { identity, ledger } = site
  assertMember(ledger.state, identity.peer)
  const highest = site.highestSequence(identity.peer)
  const upTo = Math.min(command.upTo ?? highest, highest)
  if (upTo < 1) {
    const problem = 'withdraw: no contribution of this site is known here'
    const advice = 'after a restore from a backup let the node meet another member first (peermerge run)'
    throw new PeermergeError('ERR_NOTHING_TO_WITHDRAW', `${problem}; ${advice}`)
  }
  await ledger.sign({ type: 'withdraw', upTo })
  return { upTo }
}
