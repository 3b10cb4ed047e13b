import { scaledAddInto, zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'

export interface WeightedMean {
  add(term: Matrix, weight: number): void
  /** Sum of the weights. */
  readonly total: number
  /** Undefined while the weights sum to zero: nobody has said anything. */
  solve(): Matrix | undefined
}

/**
 * Σᵢ wᵢ Xᵢ / Σᵢ wᵢ, entry by entry: sums from zero in the order of the calls, then one division.
 *
 * @throws ShapeMismatchError - a term is not (rows, cols)
 */
export function weightedMean(rows: number, cols: number): WeightedMean {
  const sum = zeros(rows, cols)
  let total = 0
  return {
    add(term, weight): void {
      scaledAddInto(sum, weight, term)
      total += weight
    },
    get total(): number {
      return total
    },
    solve: () => (total > 0 ? { rows, cols, data: sum.data.map((value) => value / total) } : undefined),
  }
}
