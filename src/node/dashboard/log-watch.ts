import { stat } from 'node:fs/promises'
import { readLog } from '../audit/read-log.ts'
import { EgressTally, type EgressReport } from '../egress/egress-report.ts'
import { entryOfLog } from './entry-of-log.ts'
import { MAX_ENTRIES } from './timeline.ts'
import type { EgressSummary, TimelineEntry } from './wire.ts'

/** Least time between two readings. */
const LEAST_PAUSE_MS = 15_000
/** A reading may take one part in so many of the time. */
const SHARE = 50
const MAX_RECIPIENTS = 250
const MAX_DAYS = 30

export interface LogWatchInit {
  /** The site's signed log. */
  readonly file: string
  /** Told once: what the log says of before, oldest first. */
  readonly onEarlier: (earlier: readonly Omit<TimelineEntry, 'n'>[]) => void
  /** Entries from then on are told otherwise; milliseconds since 1970. */
  readonly startedAt: number
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** Reads a site's log again where it has grown, seldom enough to cost nothing. */
export class LogWatch {
  readonly #init: LogWatchInit
  #summary: EgressSummary | null = null
  #size = -1
  #notBefore = -Infinity
  #reading: Promise<void> | undefined

  constructor(init: LogWatchInit) {
    this.#init = init
  }

  /** As last read; null before, and where there is none that can be read. */
  get summary(): EgressSummary | null {
    return this.#summary
  }

  /** Reads it if it is time; never rejects. */
  look(): Promise<void> {
    if (this.#init.now() < this.#notBefore) return Promise.resolve()
    this.#reading ??= this.#read()
      .catch(() => undefined) // there is none yet, or the disk does not answer
      .finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #read(): Promise<void> {
    const { file, now, onEarlier } = this.#init
    const since = now()
    this.#notBefore = since + LEAST_PAUSE_MS
    const { size } = await stat(file)
    if (size === this.#size) return
    const { summary, earlier } = await this.#fold()
    if (this.#size === -1) onEarlier(earlier)
    this.#size = size
    this.#summary = summary
    this.#notBefore = now() + Math.max(LEAST_PAUSE_MS, SHARE * (now() - since))
  }

  async #fold(): Promise<{ summary: EgressSummary; earlier: Omit<TimelineEntry, 'n'>[] }> {
    const tally = new EgressTally()
    const earlier: Omit<TimelineEntry, 'n'>[] = []
    const { entries, flaw } = await readLog(this.#init.file, {
      onEntry: (entry) => {
        tally.add(entry)
        const line = entry.time < this.#init.startedAt ? entryOfLog(entry) : undefined
        if (line !== undefined) earlier.push(line)
        if (earlier.length > 2 * MAX_ENTRIES) earlier.splice(0, MAX_ENTRIES)
      },
    })
    return { summary: summarise(tally.report(), entries, flaw?.message ?? null), earlier }
  }
}

function summarise(
  { contributions, scores, days, recipients }: EgressReport,
  entries: number,
  problem: string | null,
): EgressSummary {
  const most = [...recipients].sort((a, b) => b.bytes - a.bytes)
  return {
    contributions: contributions.length,
    publishedBytes: contributions.reduce((sum, { payload }) => sum + payload.bytes, 0),
    sentBytes: recipients.reduce((sum, { bytes }) => sum + bytes, 0),
    scoresTold: scores.length,
    recipients: most.slice(0, MAX_RECIPIENTS).map(({ name, bytes, fetched, holds }) => ({ name, bytes, fetched, holds })), // prettier-ignore
    recipientCount: recipients.length,
    days: days.slice(-MAX_DAYS).map(({ day, contributions: published, sentBytes }) => ({ day, contributions: published, sentBytes })), // prettier-ignore
    problem,
    entries,
  }
}
