import type { Charter } from './charter.ts'
import type { SiteConfig } from './home.ts'
import { memberRecords, ownRecord } from './member-facts.ts'
import type { MergeLoop } from './merge-loop.ts'
import type { MergeFacts, ScheduleFacts } from './schedule.ts'
import type { Roster } from './roster.ts'
import type { NodeStore } from './types.ts'

/** A moving anchor is followed this often at most; each time costs one pass over the data and one contribution. */
export const MAX_STATISTICS = 4

/** What the loop itself remembers between two looks; everything else is read from store, merge and network. */
export interface ScheduleMemory {
  since: number
  settleUntil: number | null
  statisticsRefused: string | null
  stuck: ScheduleFacts['own']['stuck']
  /** When the merged adapter last changed. */
  adapterChangedAt: number
}

export interface ScheduleSources {
  readonly self: string
  readonly charter: Charter
  /** Whether contributions under it count no more. */
  readonly charterEnded: boolean
  readonly roster: Roster
  readonly config: SiteConfig
  readonly store: Pick<NodeStore, 'list'>
  readonly merge: Pick<MergeLoop, 'newest' | 'isCurrent'>
  readonly connected: () => ReadonlySet<string>
  readonly now: () => number
}

/** Gathers what the next action depends on. */
export function scheduleFacts(sources: ScheduleSources, memory: Readonly<ScheduleMemory>): ScheduleFacts {
  const { self, charter, roster, config, store, connected, now } = sources
  const peers = connected()
  const records = memberRecords(roster, store)
  const own = ownRecord(self, store)
  return {
    now: now(),
    since: memory.since,
    settleUntil: memory.settleUntil,
    charterEnded: sources.charterEnded,
    pacing: {
      contributionsPerTask: charter.schedule.contributionsPerTask,
      waitFor: config.pacing.waitFor,
      patienceMs: config.pacing.patienceMs,
      maxStatistics: MAX_STATISTICS,
    },
    classifier: charter.classifier,
    own: {
      adapters: own.adapters,
      generation: own.generation,
      anchors: own.anchors,
      statisticsRefused: memory.statisticsRefused,
      stuck: memory.stuck,
    },
    others: records
      .filter(({ id }) => id !== self)
      .map(({ id, name, adapters, generation }) => ({
        id,
        name,
        connected: peers.has(id),
        adapters,
        generation,
      })),
    merge: mergeFacts(sources.merge, memory.adapterChangedAt),
  }
}

function mergeFacts(
  { newest, isCurrent: current }: Pick<MergeLoop, 'newest' | 'isCurrent'>,
  changedAt: number,
): MergeFacts {
  if (newest === undefined) return { base: null, generation: 0, adapterDigest: '', changedAt, current }
  const { digest, generation, adapter } = newest.summary
  return { base: generation === 0 ? null : digest, generation, adapterDigest: adapter, changedAt, current }
}
