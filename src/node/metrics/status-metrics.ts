import type { Registry } from 'prom-client'
import type { MemberStatus, NodeStatus } from '../status/types.ts'
import { metric, type Sample } from './metric.ts'
import { policyMetrics } from './policy-metrics.ts'
import { scoreMetrics } from './score-metrics.ts'
import { servedMetrics } from './served-metrics.ts'

/** What a status says, as gauges of a registry. Returns what sets them. */
export function statusMetrics(registry: Registry): (status: NodeStatus) => void {
  const gauge = metric.bind(null, registry, 'gauge')
  const info = gauge('info', 'Always 1; its labels say which node this is', ['peer', 'name', 'consortium']) // prettier-ignore
  const members = gauge('members', 'Members of the consortium, this node among them')
  const agreeing = gauge('members_agreeing', 'Members that hold the same merge as this node, itself among them; 0 before the first merge') // prettier-ignore
  const contributions = gauge('contributions', 'Contributions that this node knows', ['state'])
  const merged = gauge('merge_contributions', 'Contributions in the newest merge')
  const generation = gauge('merge_generation', 'Generation of the newest merge')
  const blocks = gauge('store_bytes', 'Bytes of payload chunks on disk')
  const votes = gauge('pending_votes', 'Changes that members are voting on')
  const statements = gauge('ledger_statements', 'Signed statements that this node holds')
  const round = gauge('round', 'Round under way of the staged schedule; 0 under others')
  const roundMerged = gauge('round_merged', 'Rounds that are merged here')
  const roundLacking = gauge('round_voters_lacking', 'How many more members must be there for the round to be decided') // prettier-ignore
  const roundSince = gauge('round_under_way_seconds', 'Since this process has come to the round')
  const eachMember = memberMetrics(registry)
  const eachTask = scoreMetrics(registry)
  const serving = servedMetrics(registry)
  const eachLimit = policyMetrics(registry)
  return (status) => {
    const { peer, name, consortium, agreement, merge, store } = status
    info([[{ peer, name, consortium }, 1]])
    members(agreement.of)
    agreeing(agreement.holding.length)
    const states = ['admitted', 'fetching', 'rejected'] as const
    contributions(states.map((state) => [{ state }, store[state]]))
    merged(merge?.cut.length ?? 0)
    generation(merge?.generation ?? 0)
    blocks(store.blockBytes)
    votes(status.votes.length)
    statements(status.ledger?.statements ?? 0)
    if (status.round !== null) {
      round(status.round.round)
      roundMerged(status.round.merged)
      roundLacking(Math.max(0, status.round.needed - status.round.able))
      roundSince(status.round.underWayMs / 1000)
    }
    eachMember(status)
    eachTask(status)
    serving(status)
    eachLimit(status)
  }
}

function memberMetrics(registry: Registry): (status: NodeStatus) => void {
  const gauge = metric.bind(null, registry, 'gauge')
  const connections = gauge('connections', 'Members connected at the moment', ['path'])
  const connected = gauge('member_connected', 'Whether a member is connected', ['member'])
  const rtt = gauge('member_round_trip_seconds', 'Round trip to a connected member', ['member'])
  const seen = gauge('member_last_seen_timestamp_seconds', 'When a member was last heard of', ['member'])
  const agrees = gauge('member_agrees', 'Whether a member has lately said to hold the same merge as this node', ['member']) // prettier-ignore
  const age = gauge('member_newest_contribution_age_seconds', 'Since this node first had the newest contribution of a member', ['member']) // prettier-ignore
  return ({ members, at }) => {
    const present = members.filter(({ standing }) => standing === 'member')
    const others = present.filter(({ self }) => !self)
    const reached = (path: string): number => others.filter((one) => one.connection?.path === path).length
    connections(['direct', 'relayed'].map((path) => [{ path }, reached(path)]))
    connected(samples(others, (one) => (one.connected ? 1 : 0)))
    rtt(samples(others, ({ connection }) => (connection?.rttMs == null ? null : connection.rttMs / 1000)))
    seen(samples(others, ({ lastSeen }) => (lastSeen === null ? null : Date.parse(lastSeen) / 1000)))
    agrees(samples(others, ({ agreement: { state, isCurrent } }) => (isCurrent && state === 'agrees' ? 1 : 0))) // prettier-ignore
    age(samples(present, ({ newest }) => secondsBetween(newest?.receivedAt ?? null, at)))
  }
}

function samples(members: readonly MemberStatus[], value: (member: MemberStatus) => number | null): Sample[] {
  return members.flatMap((member) => {
    const found = value(member)
    return found === null ? [] : [[{ member: member.name }, found] as const]
  })
}

function secondsBetween(then: string | null, now: string): number | null {
  return then === null ? null : Math.max(0, (Date.parse(now) - Date.parse(then)) / 1000)
}
