import type { Term } from '../rules/term.ts'
import type { Matrix } from '../types.ts'
import { median, medianMatrix } from './median.ts'

/**
 * Values far from what most say are moved towards it, onto a ball around the entrywise median T of all values.
 *
 *   W ← T + (W − T) · min(1, radius/‖W − T‖)        radius = clip · median_j ‖W_j − T‖, Frobenius norms
 *
 * Values inside stay as they are, to the bit. Where more than half say exactly the same, so does everybody afterwards.
 * Precision: float64; squares added up from the first entry to the last.
 */
export function clipValues(clip: number, terms: readonly Term[]): readonly Term[] {
  const centre = medianMatrix(terms.map(({ value }) => value))
  const distances = terms.map(({ value }) => distance(value, centre))
  const radius = clip * median(distances)
  return terms.map((term, i) =>
    distances[i]! > radius ? { ...term, value: towards(centre, term.value, radius / distances[i]!) } : term,
  )
}

/** ‖A − B‖_F */
function distance(a: Matrix, b: Matrix): number {
  let sum = 0
  for (let i = 0; i < a.data.length; i++) {
    const difference = a.data[i]! - b.data[i]!
    sum += difference * difference
  }
  return Math.sqrt(sum)
}

function towards(centre: Matrix, value: Matrix, share: number): Matrix {
  const data = centre.data.map((from, i) => from + (value.data[i]! - from) * share)
  return { ...value, data }
}
