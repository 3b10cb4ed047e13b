import { VERSION } from '../../version.ts'
import type { OpenTicket } from '../membership/issued-tickets.ts'
import type { NodeStatus } from '../status/types.ts'
import type { StoredContribution } from '../types.ts'
import { accuracyOf, type AccuracySources } from './accuracy-of.ts'
import { shortened } from './entry-of-event.ts'
import { helpOf } from './help-of.ts'
import { membersOf } from './members-of.ts'
import { outboxOf } from './outbox-of.ts'
import type { DashboardState, EgressSummary } from './wire.ts'

/** Beyond it members are counted and not listed. */
const MAX_MEMBERS = 2_000
const MAX_LISTED = 200

export interface StateSources {
  readonly status: NodeStatus
  /** Of this process; milliseconds since 1970. */
  readonly run: string
  readonly startedAt: number
  /** A contribution of the merge. */
  readonly get: (id: string) => Pick<StoredContribution, 'header'> | undefined
  readonly accuracy: Omit<AccuracySources, 'scores' | 'merged'>
  readonly tickets: readonly OpenTicket[]
  readonly egress: EgressSummary | null
  /** Processor time of the node's process and of its training process. */
  readonly cpuMs: { readonly node: number; readonly trainer: number }
}

/** Everything that the page shows of a moment, bounded. */
export function stateOf(sources: StateSources): DashboardState {
  const { status, run, startedAt, egress, cpuMs } = sources
  const { merge, agreement, round } = status
  return {
    v: 1,
    at: Date.parse(status.at),
    run,
    startedAt,
    version: VERSION,
    ...siteFacts(status),
    merge: merge && {
      digest: merge.digest,
      generation: merge.generation,
      contributions: merge.cut.length,
      contributors: merge.contributors.length,
    },
    agreement: { holding: agreement.holding.length, of: agreement.of, text: shortened(agreement.text) },
    round: round && { text: round.text, todo: round.todo },
    members: membersOf(status, sources.get).slice(0, MAX_MEMBERS),
    memberCount: status.members.length,
    accuracy: accuracyOf({ ...sources.accuracy, scores: status.scores, merged: merge?.digest ?? null }),
    ...invitations(sources),
    egress,
    outbox: outboxOf(status.policy),
    help: helpOf(status),
    cpuSeconds: { node: seconds(cpuMs.node), trainer: seconds(cpuMs.trainer) },
    ...holdings(status),
  }
}

/** Whole ones, so that what has hardly changed is not told anew. */
function seconds(ms: number): number {
  return Math.round(ms / 1000)
}

function siteFacts(status: NodeStatus): Pick<DashboardState, 'site' | 'activity' | 'progress'> {
  const { name, peer, consortium, charter, charterName, addresses, activity, progress } = status
  return {
    site: { name, peer, consortium, charter, charterName, addresses: addresses.slice(0, MAX_LISTED) },
    activity: { ...activity, text: shortened(activity.text), waitingFor: activity.waitingFor.slice(0, MAX_LISTED) }, // prettier-ignore
    progress: progress && {
      phase: progress.phase,
      done: progress.done,
      total: progress.total,
      samplesPerSecond: progress.samplesPerSecond,
    },
  }
}

function invitations({
  status,
  tickets,
}: StateSources): Pick<DashboardState, 'requests' | 'tickets' | 'votes'> {
  return {
    requests: status.requests.slice(0, MAX_LISTED).map(({ name, fingerprint, at, replaces }) => {
      return { name, fingerprint, at: Date.parse(at), replaces }
    }),
    tickets: tickets.slice(-MAX_LISTED).map(({ expires, ...ticket }) => ({ ...ticket, expires: Date.parse(expires) })), // prettier-ignore
    votes: status.votes.slice(0, MAX_LISTED),
  }
}

function holdings({
  store,
  bytes,
  own,
  problems,
}: NodeStatus): Pick<DashboardState, 'store' | 'bytes' | 'own' | 'problems'> {
  // prettier-ignore
  const { admitted, fetching, rejected, blockBytes } = store
  return {
    store: { admitted, fetching, rejected, bytes: blockBytes },
    bytes,
    own,
    problems: problems.map(({ at, code, message }) => ({ at: Date.parse(at), code, message: shortened(message) })), // prettier-ignore
  }
}
