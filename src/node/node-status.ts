import type { Charter } from './charter.ts'
import { memberRecords, type MemberRecord } from './member-facts.ts'
import type {
  ContributionNotice,
  MemberStatus,
  MergeSummary,
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
