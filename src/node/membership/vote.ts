import { PeermergeError } from '../../errors.ts'
import type { LedgerState, Proposal } from '../../gossip/index.ts'
import { nameOf } from './members-report.ts'
import type { MembershipSite, VoteReport } from './types.ts'

export interface Vote {
  readonly action: Proposal['action']
  /** Whether a proposal under way is for the same. */
  isSame(other: Proposal['action']): boolean
  /** Whether the ledger says that it has come to pass. */
  isDone(state: LedgerState): boolean
}

/** Signs this site's vote, unless it has voted for the same before, and says how that stands now. */
export async function vote({ ledger, identity }: MembershipSite, cast: Vote): Promise<VoteReport> {
  const find = (): Proposal | undefined => ledger.state.proposals.find(({ action }) => cast.isSame(action))
  if (find()?.votes.includes(identity.peer) !== true) {
    assertMember(ledger.state, identity.peer)
    await ledger.sign(cast.action)
  }
  const { state } = ledger
  const { votes, needed } = find() ?? { votes: [], needed: 0 }
  return { effective: cast.isDone(state), votes: votes.map((peer) => nameOf(state, peer)), needed }
}

/** @throws PeermergeError ERR_NOT_A_MEMBER - what it signs would have no effect */
export function assertMember(state: LedgerState, peer: string): void {
  if (state.members.has(peer)) return
  const problem = `${peer}: this site is no member (any more), so that its word has no effect; peermerge members shows who is`
  throw new PeermergeError('ERR_NOT_A_MEMBER', problem, { peer })
}
