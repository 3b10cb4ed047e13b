import type { TimelineEntry, TimelineKind } from '../../src/node/dashboard/wire.ts'

/** Stacked in a chart, from below. */
export const BANDS = ['contributions', 'merges', 'problems', 'other'] as const
type Band = (typeof BANDS)[number]

const BAND_OF: Readonly<Record<TimelineKind, Band>> = {
  contribution: 'contributions',
  merge: 'merges',
  problem: 'problems',
  score: 'other',
  serving: 'other',
  network: 'other',
  members: 'other',
  egress: 'other',
  work: 'other',
}

/** Seconds. */
const WIDTHS = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 86_400, 7 * 86_400]
const MAX_BINS = 90

export interface Bins {
  /** Seconds that one covers. */
  readonly width: number
  /** Begin of every bin, in seconds since 1970. */
  readonly times: readonly number[]
  /** By band, sums with those below. */
  readonly stacked: readonly (readonly number[])[]
}

/** Entries between two times, counted in bins of one width. @param from - milliseconds, as `to` */
export function binEntries(entries: readonly TimelineEntry[], from: number, to: number): Bins {
  const seconds = Math.max(1, (to - from) / 1000)
  const width = WIDTHS.find((one) => seconds / one <= MAX_BINS) ?? WIDTHS.at(-1)!
  const first = Math.floor(from / 1000 / width)
  const count = Math.floor(to / 1000 / width) - first + 1
  const counts = BANDS.map(() => new Array<number>(count).fill(0))
  for (const { at, kind } of entries) {
    const bin = Math.floor(at / 1000 / width) - first
    if (bin >= 0 && bin < count) counts[BANDS.indexOf(BAND_OF[kind])]![bin]! += 1
  }
  const stacked = counts.map((_, band) =>
    Array.from({ length: count }, (_unused, bin) =>
      counts.slice(0, band + 1).reduce((sum, one) => sum + one[bin]!, 0),
    ),
  )
  return { width, times: Array.from({ length: count }, (_, i) => (first + i) * width), stacked }
}
