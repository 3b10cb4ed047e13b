const STEPS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** A length of time in its greatest whole unit: `3 h`, `12 s`; under a second `now`. */
export function duration(ms: number): string {
  const step = STEPS.find(([length]) => ms >= length)
  return step === undefined ? 'now' : `${Math.floor(ms / step[0])} ${step[1]}`
}

/** How long before `now` something was; both as ISO times. `never` for what has not been. */
export function ago(then: string | null, now: string): string {
  if (then === null) return 'never'
  const text = duration(Math.max(0, Date.parse(now) - Date.parse(then)))
  return text === 'now' ? text : `${text} ago`
}
