import { assertShape, zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'

export interface MaskedMean {
  /** Of weight 0 an entry says nothing. */
  add(term: Matrix, weightOf: (entry: number) => number): void
  /** The same where all entries of a row weigh alike; rows of weight 0 cost nothing. */
  addRows(term: Matrix, weights: ArrayLike<number>): void
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
  const addEntry = (data: Float64Array, entry: number, weight: number): void => {
    sum.data[entry]! += weight * data[entry]!
    totals[entry]! += weight
  }
  return {
    add(term, weightOf): void {
      assertShape('term', term, rows, cols)
      for (let entry = 0; entry < totals.length; entry++) {
        const weight = weightOf(entry)
        if (weight !== 0) addEntry(term.data, entry, weight)
      }
    },
    addRows(term, weights): void {
      assertShape('term', term, rows, cols)
      for (let row = 0; row < rows; row++) {
        const weight = weights[row]!
        if (weight === 0) continue
        for (let entry = row * cols; entry < (row + 1) * cols; entry++) addEntry(term.data, entry, weight)
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
