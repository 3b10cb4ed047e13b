import type { StoredContribution } from '../types.ts'
import { complaint } from '../status/agreement-text.ts'
import type { MemberStatus, NodeStatus } from '../status/types.ts'
import { shortened } from './entry-of-event.ts'
import type { DashboardMember } from './wire.ts'

/** Every member as the page shows it. @param get - a contribution of the merge by its id */
export function membersOf(
  { members, merge, at }: Pick<NodeStatus, 'members' | 'merge' | 'at'>,
  get: (id: string) => Pick<StoredContribution, 'header'> | undefined,
): readonly DashboardMember[] {
  const samples = samplesOf((merge?.cut ?? []).flatMap((id) => get(id) ?? []))
  const all = [...samples.values()].reduce((sum, one) => sum + one, 0)
  return members.map((member) => {
    const own = samples.get(member.id) ?? 0
    return { ...memberOf(member, at), samples: own, share: own === 0 ? null : own / all }
  })
}

function memberOf(member: MemberStatus, at: string): Omit<DashboardMember, 'samples' | 'share'> {
  const { id, name, self, standing, connection, lastSeen, newest, included, agreement } = member
  const agrees = self || (agreement.isCurrent && agreement.state === 'agrees')
  return {
    id,
    name,
    self,
    removed: standing === 'removed',
    path: connection?.path ?? null,
    rttMs: rounded(connection?.rttMs ?? null),
    lastSeen: timeOf(lastSeen),
    contributed: member.adapters + member.statistics,
    included,
    newestAt: timeOf(newest?.receivedAt ?? null),
    agreement: agreement.state,
    agreementIsCurrent: self || agreement.isCurrent,
    merge: agreement.merge,
    complaint: agrees ? null : shortened(complaint(agreement, at)),
  }
}

/** Samples behind the adapters that count, or where there are none behind the statistics, by author. */
function samplesOf(cut: readonly Pick<StoredContribution, 'header'>[]): ReadonlyMap<string, number> {
  const adapters = cut.filter(({ header }) => header.kind === 'adapter')
  const sums = new Map<string, number>()
  for (const { header } of adapters.length > 0 ? adapters : cut)
    sums.set(header.peer, (sums.get(header.peer) ?? 0) + header.count)
  return sums
}

function timeOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso)
}

/** To what a person reads, so that what has hardly changed is not told anew. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : ms < 10 ? Math.round(10 * ms) / 10 : Math.round(ms)
}
