import { contributionsPerTask } from './schedule-rules.ts'
import type { Network } from '../gossip/index.ts'
import type { OpenSite, Site } from './components.ts'
import type { FittedSite } from './fit-site.ts'
import { votesUnderWay, waitingRequests } from './membership/members-report.ts'
import type { MembershipSite } from './membership/types.ts'
import { memberName } from './member-name.ts'
import type { MergeSource } from './merge-source.ts'
import type { Problems } from './problems.ts'
import type { Roster } from './roster.ts'
import type { ScoreBook } from './scores/score-book.ts'
import { reportScores } from './scores/score-report.ts'
import { NO_SCORES } from './scores/types.ts'
import type { ServedNow } from './serving/served-now.ts'
import { summariseAgreement } from './status/agreement-text.ts'
import { helpStatus } from './status/help-status.ts'
import type { LastSeen } from './status/last-seen.ts'
import { memberStatus } from './status/member-status.ts'
import { NOTHING_SERVED, reportServing } from './status/served-report.ts'
import { reportRound, type RoundReport } from './status/round-report.ts'
import type { StagedMerge } from './staged/staged-merge.ts'
import type { ContributionNotice } from './node-event.ts'
import type { NodeStatus } from './status/types.ts'
import type { NodeStore, StoredContribution } from './types.ts'
import type { KeptHelp } from './who-helps/kept-help.ts'

/** What an event tells of a contribution. */
export function noticeOf(roster: Roster, { id, header }: StoredContribution): ContributionNotice {
  const { peer, sequence, generation, kind, count, payload } = header
  return { id, peer, name: memberName(roster, peer), sequence, generation, kind, count, bytes: payload.size }
}

/** What is known of a site before anything of it is open. */
export function emptyStatus(
  { charter, charterDigest, consortium, config, identity }: Site,
  doing: Pick<NodeStatus, 'activity' | 'done' | 'progress' | 'policy'>,
): NodeStatus {
  return {
    at: new Date().toISOString(),
    peer: identity.peer,
    name: config.name,
    consortium,
    charterName: charter.name,
    charter: charterDigest,
    addresses: [],
    ...doing,
    members: [],
    merge: null,
    agreement: { holding: [], others: [], of: charter.members.length, text: 'the node does not run' },
    round: null,
    scores: NO_SCORES,
    help: null,
    ...NOTHING_SERVED,
    votes: [],
    ledger: null,
    requests: [],
    store: { admitted: 0, fetching: 0, rejected: 0, pruned: 0, blocks: 0, blockBytes: 0 },
    own: { adapters: 0, statistics: 0, target: config.contribute ? contributionsPerTask(charter.schedule) : 0 }, // prettier-ignore
    bytes: { sent: 0, received: 0 },
    memory: null,
    problems: [],
  }
}

/** The parts of a running site that have something to tell. */
export interface StatusSources {
  readonly site: Pick<FittedSite, 'memory'>
  readonly store: Pick<NodeStore, 'list' | 'get' | 'statistics'>
  readonly network: Pick<Network, 'addresses' | 'connections' | 'receipts' | 'traffic' | 'rounds'>
  readonly merge: Pick<MergeSource, 'newest'>
  readonly problems: Pick<Problems, 'list'>
  readonly lastSeen: Pick<LastSeen, 'of'>
  readonly scores: Pick<ScoreBook, 'merge' | 'records'>
  readonly servedNow: Pick<ServedNow, 'serving' | 'candidate'>
  /** What `who-helps` said last. */
  readonly helpNow: { readonly value: KeptHelp | undefined }
  readonly membership: Pick<MembershipSite, 'ledger' | 'requests'>
  /** Under the staged schedule. */
  readonly staged?: { readonly merge: Pick<StagedMerge, 'chain' | 'missing'> } | undefined
}

export function statusOf(site: OpenSite, sources: StatusSources, empty: NodeStatus): NodeStatus {
  const { network, problems } = sources
  const { charter, charterDigest, identity, roster } = site
  const store = { ...roster.counting(sources.store), get: (id: string) => sources.store.get(id) }
  const merge = sources.merge.newest?.summary ?? null
  const facts = {
    charter,
    charterDigest,
    self: identity.peer,
    merge,
    roster,
    ledger: roster.head,
    wallNow: Date.parse(empty.at),
  }
  const members = memberStatus({ ...facts, store, network, lastSeen: (peer) => sources.lastSeen.of(peer) })
  const present = members.filter(({ standing }) => standing === 'member')
  const own = members.find(({ self }) => self)
  const { head, statements, charter: inForce } = sources.membership.ledger.state
  const { bytesSent, bytesReceived } = network.traffic()
  return {
    ...empty,
    addresses: network.addresses(),
    members,
    merge,
    agreement: summariseAgreement(present, merge !== null, empty.at),
    round: roundOf(site, sources),
    scores: reportScores({ ...facts, tasks: site.ledger.state.tasks, book: sources.scores, network }),
    help: helpStatus(sources.helpNow.value, merge?.digest),
    ...reportServing(sources.servedNow, merge?.digest),
    votes: votesUnderWay(sources.membership.ledger.state),
    ledger: { head, statements, charter: inForce },
    requests: waitingRequests(sources.membership),
    store: sources.store.statistics(),
    own: { ...empty.own, adapters: own?.adapters ?? 0, statistics: own?.statistics ?? 0 },
    bytes: { sent: bytesSent, received: bytesReceived },
    memory: sources.site.memory,
    problems: problems.list(),
  }
}

/** Null before the network has started, too. */
function roundOf(site: OpenSite, { network, staged }: StatusSources): RoundReport | null {
  const status = network.rounds?.hasStarted === true ? network.rounds.status() : undefined
  if (status === undefined || staged === undefined) return null
  const { chain, missing } = staged.merge
  return reportRound({
    staged: site.spec.staged!,
    status,
    merged: chain.round,
    lacking: missing,
    memberName: (peer) => memberName(site.roster, peer),
    taskName: (task) => site.ledger.state.tasks.get(task)?.name,
  })
}
