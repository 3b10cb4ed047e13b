import {
  ticketFingerprint,
  type LedgerState,
  type PendingRequest,
  type Proposal,
} from '../../gossip/records.ts'
import { joinPolicy } from '../charter.ts'
import { actionText } from './action-text.ts'
import { peerFingerprint } from './fingerprint.ts'
import type { MemberReport, MembershipSite, MembersReport, ProposalReport, RequestReport } from './types.ts'

/** Who is in, who was, who asks and what is being voted on, as this site knows it. */
export function membersReport(site: MembershipSite): MembersReport {
  const { ledger, consortium } = site
  const { state } = ledger
  const charter = site.charter()
  const members = [...state.members.values()].map((member) => ({
    ...personOf(member),
    role: member.by === null ? ('founder' as const) : ('member' as const),
    contributes: member.contributes,
    invitedBy: member.invitedBy === null ? null : nameOf(state, member.invitedBy),
    ...factsOf(site, member.id),
  }))
  return {
    consortium,
    name: charter.name,
    charter: state.charter,
    join: joinPolicy(charter),
    members: [...members, ...formerMembers(site)],
    requests: waitingRequests(site),
    votes: votesUnderWay(state),
  }
}

/** Requests that no member has answered and whose peer has not got in otherwise. */
export function waitingRequests({
  requests,
  ledger,
}: Pick<MembershipSite, 'requests' | 'ledger'>): RequestReport[] {
  const open = requests.waiting().filter(({ peer }) => !ledger.state.members.has(peer))
  return open.map(requestReport)
}

export function requestReport({ peer, name, replaces, at, ticketDigest }: PendingRequest): RequestReport {
  return {
    ...personOf({ id: peer, name }),
    replaces,
    at: new Date(at).toISOString(),
    ticketFingerprint: ticketFingerprint(ticketDigest),
  }
}

export function personOf({ id, name }: { readonly id: string; readonly name: string }): {
  peer: string
  name: string
  fingerprint: string
} {
  return { peer: id, name, fingerprint: peerFingerprint(id) }
}

/** The name of a member, present or former, or the end of its id. */
export function nameOf({ members, former }: LedgerState, peer: string): string {
  return members.get(peer)?.name ?? former.get(peer)?.name ?? `…${peer.slice(-8)}`
}

function factsOf(
  site: MembershipSite,
  peer: string,
): Pick<MemberReport, 'self' | 'connected' | 'lastSeen' | 'contributed'> {
  const connected = site.connected()
  return {
    self: peer === site.identity.peer,
    connected: connected === undefined ? null : connected.has(peer),
    lastSeen: site.lastSeen(peer),
    contributed: site.contributed(peer),
  }
}

/** Those who are not in again. */
function formerMembers(site: MembershipSite): MemberReport[] {
  const { members, former } = site.ledger.state
  return [...former.values()]
    .filter(({ id }) => !members.has(id))
    .map(({ id, name, past, replacedBy }) => ({
      ...personOf({ id, name }),
      role: 'former',
      contributes: true,
      invitedBy: null,
      ...factsOf(site, id),
      past,
      replacedBy,
    }))
}

export function votesUnderWay(state: LedgerState): ProposalReport[] {
  return state.proposals.map((proposal) => proposalReport(state, proposal))
}

function proposalReport(state: LedgerState, { action, votes, needed }: Proposal): ProposalReport {
  const names = votes.map((peer) => nameOf(state, peer))
  const text = actionText(action, (peer) => nameOf(state, peer))
  return { type: action.type, text, votes: names, needed }
}
