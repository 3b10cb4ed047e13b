import { assertShape, zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'

export interface MaskedMean {
  /** Of weight 0 an entry says nothing. */
  add(term: Matrix, weightOf: (entry: number) => number): void
  /** Entries without any weight are those of `otherwise`. */
  solve(otherwise: ArrayLike<number>): Matrix
}

/**
 * Σᵢ w_ie X_ie / Σᵢ w_ie over those i for which entry e has a weight: sums from zero in the order of the calls, then one division an entry.
 *
 * @throws ShapeMismatchError - a term is not (rows, cols)
 */
export function maskedMean(rows: number, cols: number): MaskedMean {
  const sum = zeros(rows, cols)
  const totals = new Float64Array(rows * cols)
  return {
    add(term, weightOf): void {
      assertShape('term', term, rows, cols)
      for (let entry = 0; entry < totals.length; entry++) {
        const weight = weightOf(entry)
        if (weight === 0) continue
        sum.data[entry]! += weight * term.data[entry]!
        totals[entry]! += weight
      }
    },
    solve(otherwise): Matrix {
      const data = sum.data.map((value, entry) => {
        const total = totals[entry]!
        return total > 0 ? value / total : otherwise[entry]!
      })
      return { rows, cols, data }
    },
  }
}
