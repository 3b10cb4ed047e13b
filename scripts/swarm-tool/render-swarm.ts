import Table from 'cli-table3'
import type { SiteStatus } from './site-status.ts'
import type { Verdict } from './verdict.ts'

/** A line for each site, and what they hold together. */
export function renderSwarm(sites: readonly SiteStatus[], verdict: Verdict): string {
  const table = new Table({ head: ['site', 'container', 'does', 'made', 'connected', 'merge', 'of'], style: { head: [], border: [] } }) // prettier-ignore
  for (const { site, state, status } of sites) table.push([site, state, ...(status === null ? ['no answer'] : rowOf(status))]) // prettier-ignore
  const { made, lost, duplicated, digests, silent } = verdict
  const all = [...made.values()].reduce((sum, count) => sum + count, 0)
  return [
    table.toString(),
    `${all} contributions made, ${lost.length === 0 ? 'everybody has all' : lost.join('; ')}`,
    ...(duplicated.length > 0 ? [`duplicated: ${duplicated.join('; ')}`] : []),
    digests.size === 1 ? `all hold merge ${[...digests].join()}` : `${digests.size} different merges`,
    ...(silent.length > 0 ? [`no answer from ${silent.join(', ')}`] : []),
  ].join('\n')
}

function rowOf({ activity, own, members, merge }: NonNullable<SiteStatus['status']>): string[] {
  const others = members.filter(({ self, standing }) => !self && standing === 'member')
  const connected = others.filter((one) => one.connected)
  const relayed = connected.filter(({ connection }) => connection?.path === 'relayed').length
  return [
    activity.text.slice(0, 40),
    `${own.adapters} + ${own.statistics}`,
    `${connected.length} of ${others.length}${relayed > 0 ? `, ${relayed} relayed` : ''}`,
    merge?.digest.slice(0, 12) ?? 'none',
    String(merge?.known ?? 0),
  ]
}
