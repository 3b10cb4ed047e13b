import { InvalidArgumentError } from 'commander'

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const

/** Milliseconds of `90s`, `30m`, `12h`, `7d` or `2w`. */
export function duration(value: string): number {
  const [, count, unit] = /^(\d{1,9})([smhdw])$/u.exec(value) ?? []
  const ms = Number(count) * UNITS[unit as keyof typeof UNITS]
  if (ms > 0) return ms
  throw new InvalidArgumentError('expected a whole number and a unit, such as 90s, 30m, 12h, 7d or 2w')
}
