import { z } from 'zod'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
type Day = (typeof DAYS)[number]

/** What a node can be told to leave alone for some hours: training and measuring; payloads, sent or fetched. */
export const QUIETED = ['training', 'sharing'] as const
export type Quieted = (typeof QUIETED)[number]

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time such as 07:30')

/** Begins on each of `days` at `from` and ends at the next `to`; as long as a day where they are the same. */
export const quietWindowSchema = z.strictObject({
  days: z
    .array(z.enum(DAYS))
    .min(1)
    .default([...DAYS]),
  from: time,
  to: time,
  /** IANA name; the clock of its walls counts, also where it is put forward or back. */
  timeZone: z.string().refine(isTimeZone, 'expected an IANA time zone such as Europe/Vienna'),
  forbids: z
    .array(z.enum(QUIETED))
    .min(1)
    .default([...QUIETED]),
})

export type QuietWindow = z.infer<typeof quietWindowSchema>

/** Until when what is quiet, in milliseconds since 1970; null where it is not. */
export type Quiet = Readonly<Record<Quieted, number | null>>

export const NOT_QUIET: Quiet = { training: null, sharing: null }

const DAY_MINUTES = 24 * 60
const MINUTE_MS = 60_000
/** Windows that follow one another without a gap are followed so often: the end of a quiet fortnight is told as far as that. */
const MAX_CHAIN = 32

/** What is quiet at a moment. Pure: whoever asks again after a jump of the clock gets what holds then. */
export function quietAt(windows: readonly QuietWindow[], at: number): Quiet {
  const until = (what: Quieted): number | null =>
    endOf(
      windows.filter(({ forbids }) => forbids.includes(what)),
      at,
    )
  return { training: until('training'), sharing: until('sharing') }
}

function endOf(windows: readonly QuietWindow[], at: number): number | null {
  let end: number | null = null
  for (let step = 0, next = latestEnd(windows, at); next !== null && step < MAX_CHAIN; step++) {
    end = next
    next = latestEnd(windows, next)
  }
  return end
}

function latestEnd(windows: readonly QuietWindow[], at: number): number | null {
  const ends = windows.map((window) => endOfWindow(window, at)).filter((end) => end !== null)
  return ends.length === 0 ? null : Math.max(...ends)
}

/** Null where the window does not hold. */
function endOfWindow({ days, from, to, timeZone }: QuietWindow, at: number): number | null {
  const { day, minute } = localTime(timeZone, at)
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  const isOvernight = end <= begin
  const sinceToday = days.includes(day) && minute >= begin && (isOvernight || minute < end)
  const sinceYesterday = isOvernight && days.includes(before(day)) && minute < end
  if (!sinceToday && !sinceYesterday) return null
  const left = end > minute ? end - minute : end + DAY_MINUTES - minute
  return settled(timeZone, startOfMinute(at) + left * MINUTE_MS, end)
}

/** Where the clocks have been changed in between, the moment at which they show the end all the same. */
function settled(timeZone: string, at: number, end: number): number {
  const off = end - localTime(timeZone, at).minute
  const nearest = ((off + DAY_MINUTES / 2 + DAY_MINUTES) % DAY_MINUTES) - DAY_MINUTES / 2
  return at + nearest * MINUTE_MS
}

const FORMATS = new Map<string, Intl.DateTimeFormat>()

function localTime(timeZone: string, at: number): { readonly day: Day; readonly minute: number } {
  let format = FORMATS.get(timeZone)
  if (format === undefined) FORMATS.set(timeZone, (format = formatIn(timeZone)))
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const day = parts.get('weekday')!.toLowerCase() as Day
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }) // prettier-ignore
}

function isTimeZone(name: string): boolean {
  try {
    formatIn(name)
    return true
  } catch {
    return false
  }
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
}

function before(day: Day): Day {
  return DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length]!
}

function startOfMinute(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS
}
