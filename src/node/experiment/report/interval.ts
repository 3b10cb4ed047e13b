import { studentQuantile } from './student-t.ts'

/** A mean and how far it may be off: the 95 % interval of Student's t over seeds; none of a single one. */
export interface Interval {
  readonly mean: number
  readonly half: number | undefined
  readonly count: number
  /** Held-out samples, where the interval is over the draw of those, too. */
  readonly samples?: number
}

export function interval(values: readonly number[]): Interval {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (count < 2) return { mean, half: undefined, count }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  return { mean, half: studentQuantile(0.975, count - 1) * Math.sqrt(variance / count), count }
}

/** What a method has more than the reference, seed by seed; undefined where they share none. */
export function pairedInterval(
  values: ReadonlyMap<number, number>,
  reference: ReadonlyMap<number, number>,
): Interval | undefined {
  const differences = [...values].flatMap(([seed, value]) => {
    const other = reference.get(seed)
    return other === undefined ? [] : [value - other]
  })
  return differences.length === 0 ? undefined : interval(differences)
}

/** How the difference is to be read: an interval that holds zero is a tie. */
export function verdict({ mean, half }: Interval): 'better' | 'worse' | 'tied' | 'one seed' {
  if (half === undefined) return 'one seed'
  if (Math.abs(mean) <= half) return 'tied'
  return mean > 0 ? 'better' : 'worse'
}
