import { setTimeout as delay } from 'node:timers/promises'
import { statusOfAll, type SiteStatus } from '../site-status.ts'
import { judge, type Verdict } from '../verdict.ts'

export interface Waited {
  readonly ms: number
  /** Whether it came to hold before the deadline. */
  readonly held: boolean
  readonly verdict: Verdict
  readonly sites: readonly SiteStatus[]
}

const EVERY_MS = 2_000

/** Looks at all sites until they are `expected` and what they tell `holds`. `seen` is what authors were seen to have made before, and grows. */
export async function waitUntil(
  name: string,
  holds: (verdict: Verdict, sites: readonly SiteStatus[]) => boolean,
  deadlineMs: number,
  seen: Map<string, number>,
): Promise<Waited> {
  const began = performance.now()
  while (true) {
    const sites = await statusOfAll(name)
    const verdict = judge(sites, seen)
    for (const [author, count] of verdict.made) seen.set(author, count)
    const ms = performance.now() - began
    const held = holds(verdict, sites)
    if (held || ms > deadlineMs) return { ms, held, verdict, sites }
    await delay(EVERY_MS)
  }
}

/** Everybody answers and holds at least what had been made when the wait began; what is made since is on its way. */
export function hasCaughtUp(
  before: ReadonlyMap<string, number>,
): (verdict: Verdict, sites: readonly SiteStatus[]) => boolean {
  return (_verdict, sites) => {
    const then = judge(sites.map(({ site, status }) => ({ site, status: status && { ...status, own: NOTHING } })), before) // prettier-ignore
    return then.silent.length === 0 && then.lost.length === 0
  }
}

const NOTHING = { adapters: 0, statistics: 0, target: 0 }
