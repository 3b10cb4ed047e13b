import type { NamedPeer, Roster } from './roster.ts'
import type { NodeStore, StoredContribution } from './types.ts'

/** What the store says about one member. */
export interface MemberRecord {
  readonly id: string
  readonly name: string
  readonly adapters: number
  /** Highest generation among its adapters, 0 for none. */
  readonly generation: number
  readonly statistics: number
  /** Anchors of its statistics, newest last. */
  readonly anchors: readonly (string | null)[]
  readonly ids: readonly string[]
  /** False for one that says it only listens. */
  readonly contributes: boolean
}

/** One record per member, in the order of the roster, from what is admitted or was before its payload was let go: in one task, or in all. */
export function memberRecords(
  roster: Roster,
  store: Pick<NodeStore, 'list'>,
  task?: string | null,
): readonly MemberRecord[] {
  const admitted = store.list('admitted', 'pruned').filter(isOf(task))
  return roster.members.map((member) => {
    const own = admitted.filter(({ header }) => header.peer === member.id)
    return recordOf(member, own)
  })
}

/**
 * A site's record of itself. Its own contributions count from the moment they are signed, also while a damaged part of one, or after a
 * restore from a backup all of it, is fetched from the others: none is ever made twice.
 */
export function ownRecord(self: string, store: Pick<NodeStore, 'list'>, task?: string | null): MemberRecord {
  const known = store.list('admitted', 'pruned', 'fetching').filter(isOf(task))
  const own = known.filter(({ header }) => header.peer === self)
  return recordOf({ id: self, name: 'this site' }, own)
}

/** Of every task where none is named. */
function isOf(task: string | null | undefined): (one: StoredContribution) => boolean {
  return ({ header }) => task === undefined || header.task === task
}

function recordOf(
  { id, name, contributes = true }: NamedPeer,
  own: readonly StoredContribution[],
): MemberRecord {
  const ordered = [...own].sort((a, b) => a.header.sequence - b.header.sequence)
  const adapters = ordered.filter(({ header }) => header.kind === 'adapter')
  const statistics = ordered.filter(({ header }) => header.kind !== 'adapter')
  return {
    id,
    name,
    adapters: adapters.length,
    generation: Math.max(0, ...adapters.map(({ header }) => header.generation)),
    statistics: statistics.length,
    anchors: statistics.map(({ header }) => header.anchor),
    ids: own.map((contribution) => contribution.id),
    contributes,
  }
}
