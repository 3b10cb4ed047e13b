import assert from 'node:assert/strict'
import { waitUntil } from '../../scripts/swarm-tool/chaos/wait-for.ts'
import { renderSwarm } from '../../scripts/swarm-tool/render-swarm.ts'
import type { SiteStatus } from '../../scripts/swarm-tool/site-status.ts'
import { holds, type Verdict } from '../../scripts/swarm-tool/verdict.ts'

/** What the machine makes of a few sites at a time when others use it too. */
const DEADLINE_MS = 900_000

/** Waits for something to be so in a swarm; where it does not come, fails with what each site says. */
export async function expectOf(
  name: string,
  what: string,
  isSo: (verdict: Verdict, sites: readonly SiteStatus[]) => boolean,
  seen: Map<string, number> = new Map(),
): Promise<readonly SiteStatus[]> {
  const { held, sites, verdict } = await waitUntil(name, isSo, DEADLINE_MS, seen)
  assert.ok(held, `${name}: ${what}\n${renderSwarm(sites, verdict)}`)
  return sites
}

/** All `count` sites are done and hold one merge of everything that was ever seen to be made. */
export async function expectAgreement(
  name: string,
  count: number,
  seen: Map<string, number>,
): Promise<readonly SiteStatus[]> {
  const what = `${count} sites with one merge of all contributions`
  const isSo = (verdict: Verdict, sites: readonly SiteStatus[]): boolean => sites.length === count && holds(verdict) // prettier-ignore
  const sites = await expectOf(name, what, isSo, seen)
  for (const { status } of sites) assert.equal(status?.members.length, count)
  return sites
}
