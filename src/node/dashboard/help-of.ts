import type { NodeStatus } from '../status/types.ts'
import type { HelpSummary } from './wire.ts'

/** Beyond it sites are counted and not listed: of both ends the same number. */
const MAX_SITES = 1_000

/** The last report of `who-helps`; null where nobody has asked. */
export function helpOf({ help }: Pick<NodeStatus, 'help'>): HelpSummary | null {
  if (help === null) return null
  const { at, merge, isNewestMerge, correct, count, sites } = help
  const isLong = sites.length > MAX_SITES
  const listed = isLong ? [...sites.slice(0, MAX_SITES / 2), ...sites.slice(-MAX_SITES / 2)] : sites
  return {
    at: Date.parse(at),
    merge,
    isNewestMerge,
    correct,
    count,
    sites: listed.map(({ name, self, gained, lost, tied, difference, chance, effect }) => {
      return { name, self, gained, lost, tied, difference, chance, effect }
    }),
    siteCount: sites.length,
  }
}
