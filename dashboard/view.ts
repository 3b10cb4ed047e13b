import type { DashboardState, TimelineEntry, UsageSample } from '../src/node/dashboard/wire.ts'
import type { StreamEvent } from './event-stream.ts'
import { shared } from './structural-share.ts'

export type ConnectionState = 'connecting' | 'live' | 'lost' | 'refused' | 'stopped'

/** What the page shows. */
export interface View {
  readonly connection: ConnectionState
  readonly state: DashboardState | null
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[]
  readonly usage: readonly UsageSample[]
  /** When the node told the state, by this browser's clock minus the node's. */
  readonly clockAhead: number
}

export const EMPTY: View = { connection: 'connecting', state: null, entries: [], usage: [], clockAhead: 0 }

/** As many as the node keeps; an hour of samples. */
const MAX_ENTRIES = 11_000
const MAX_SAMPLES = 720

/** @param now - by this browser's clock, in milliseconds since 1970 */
export function nextView(view: View, { name, data }: StreamEvent, now: number): View {
  switch (name) {
    case 'state':
      return withState(view, data, now)
    case 'timeline':
      return { ...view, entries: appended(view.entries, data) }
    case 'usage': {
      const last = view.usage.at(-1)?.at ?? 0
      return { ...view, usage: [...view.usage, ...data.filter(({ at }) => at > last)].slice(-MAX_SAMPLES) }
    }
    case 'stopped':
      return view
  }
}

function withState(view: View, data: DashboardState, now: number): View {
  const clockAhead = Math.round((now - data.at) / 1000) * 1000
  const isNewRun = view.state !== null && view.state.run !== data.run
  const base = isNewRun ? { ...view, entries: [], usage: [] } : view
  return { ...base, state: shared(view.state, data), clockAhead }
}

/** Those of before the run may come later than the first of the run. */
function appended(
  entries: readonly TimelineEntry[],
  more: readonly TimelineEntry[],
): readonly TimelineEntry[] {
  const newest = entries.at(-1)?.n ?? -Infinity
  const isInOrder = more.length > 0 && more[0]!.n > newest
  if (isInOrder) return [...entries, ...more].slice(-MAX_ENTRIES)
  const all = new Map([...entries, ...more].map((entry) => [entry.n, entry]))
  return [...all.values()].sort((a, b) => a.n - b.n).slice(-MAX_ENTRIES)
}
