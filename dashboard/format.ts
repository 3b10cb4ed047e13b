const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3))
  const value = count / 1000 ** power
  return `${power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[power]!}`
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`
}

export function accuracy({ correct, count }: { readonly correct: number; readonly count: number }): string {
  return count === 0 ? '–' : percent(correct / count)
}

export function shortDigest(digest: string | null): string {
  return digest === null ? '–' : digest.slice(0, 12)
}

/** In hundredths, with its sign: `+1.7`. */
export function points(share: number): string {
  return `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)}`
}

const STEPS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** `3 min`, of milliseconds. */
export function duration(ms: number): string {
  const [size, unit] = STEPS.find(([step]) => ms >= step) ?? [1_000, 's']
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`
}

export function ago(then: number | null, now: number): string {
  return then === null ? 'never' : now - then < 1_000 ? 'now' : `${duration(now - then)} ago`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' })

/** Time of day, with the date where it is not of today. */
export function clock(at: number, now: number): string {
  const then = new Date(at)
  const isToday = then.toDateString() === new Date(now).toDateString()
  return isToday ? TIME.format(then) : `${DAY.format(then)} ${TIME.format(then)}`
}
