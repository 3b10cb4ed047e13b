import type { Interval } from './interval.ts'

/** In percent, without the sign for it. */
export const points = (value: number): string => (100 * value).toFixed(1)

export function percent({ mean, half }: Interval): string {
  return half === undefined ? points(mean) : `${points(mean)} ± ${points(half)}`
}

export function signed(difference: Interval): string {
  return `${difference.mean > 0 ? '+' : ''}${percent(difference)}`
}

/** Of a table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
