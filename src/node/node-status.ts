import type { Network } from '../gossip/index.ts'
import type { Charter } from './charter.ts'
import type { Site } from './components.ts'
import { memberRecords, type MemberRecord } from './member-facts.ts'
import type { MergeLoop } from './merge-loop.ts'
import type { Problems } from './problems.ts'
import type {
  ContributionNotice,
  MemberStatus,
  MergeSummary,
  NodeStatus,
  NodeStore,
  StoredContribution,
} from './types.ts'

/** Every member's part in this node's store and merge, in the order of the charter. */
export function memberStatus(
  charter: Charter,
  self: string,
  store: Pick<NodeStore, 'list'>,
  connected: ReadonlySet<string>,
  merge: MergeSummary | null,
): readonly MemberStatus[] {
  const cut = new Set(merge?.cut)
  return memberRecords(charter, store).map((record: MemberRecord) => ({
    id: record.id,
    name: record.name,
    self: record.id === self,
    connected: connected.has(record.id),
    adapters: record.adapters,
    statistics: record.statistics,
    generation: record.generation,
    included: record.ids.filter((id) => cut.has(id)).length,
  }))
}

/** What an event tells of a contribution. */
export function noticeOf(charter: Charter, { id, header }: StoredContribution): ContributionNotice {
  const { peer, sequence, generation, kind, count, payload } = header
  return { id, peer, name: memberName(charter, peer), sequence, generation, kind, count, bytes: payload.size }
}

/** The name that the charter gives a peer, or the end of its id. */
export function memberName(charter: Charter, peer: string): string {
  return charter.members.find(({ id }) => id === peer)?.name ?? `…${peer.slice(-8)}`
}

/** What is known of a site before anything of it is open. */
export function emptyStatus(
  { charter, charterDigest, config, identity }: Site,
  doing: Pick<NodeStatus, 'activity' | 'done' | 'progress'>,
): NodeStatus {
  return {
    peer: identity.peer,
    name: config.name,
    consortium: charterDigest,
    charterName: charter.name,
    addresses: [],
    ...doing,
    members: [],
    merge: null,
    store: { admitted: 0, fetching: 0, rejected: 0, blocks: 0, blockBytes: 0 },
    own: { adapters: 0, statistics: 0, target: charter.schedule.contributionsPerTask },
    bytes: { sent: 0, received: 0 },
    problems: [],
  }
}

/** The parts of a running site that have something to tell. */
export interface StatusSources {
  readonly store: Pick<NodeStore, 'list' | 'statistics'>
  readonly network: Pick<Network, 'addresses' | 'traffic'>
  readonly merge: Pick<MergeLoop, 'newest'>
  readonly problems: Pick<Problems, 'list'>
  connected(): ReadonlySet<string>
}

export function statusOf({ charter, identity }: Site, sources: StatusSources, empty: NodeStatus): NodeStatus {
  const { store, network, problems } = sources
  const merge = sources.merge.newest?.summary ?? null
  const members = memberStatus(charter, identity.peer, store, sources.connected(), merge)
  const own = members.find(({ self }) => self)
  const { bytesSent, bytesReceived } = network.traffic()
  return {
    ...empty,
    addresses: network.addresses(),
    members,
    merge,
    store: store.statistics(),
    own: { ...empty.own, adapters: own?.adapters ?? 0, statistics: own?.statistics ?? 0 },
    bytes: { sent: bytesSent, received: bytesReceived },
    problems: problems.list(),
  }
}
