import { zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'

/** Of an odd number of values the middle one, of an even number half of the sum of the middle two. At least one value. */
export function median(values: ArrayLike<number>): number {
  return middle(Float64Array.from(values).sort())
}

/** Entry by entry; equal matrices have themselves. Cost: rows·cols sorts of as many numbers as there are matrices. */
export function medianMatrix(matrices: readonly Matrix[]): Matrix {
  return entrywise(matrices, middle)
}

/**
 * Each entry from all matrices' entries at that place, ascending. `reduce` reads them during its call only.
 *
 * @param matrices - at least one, all of one shape
 */
export function entrywise(matrices: readonly Matrix[], reduce: (ascending: Float64Array) => number): Matrix {
  const { rows, cols } = matrices[0]!
  const result = zeros(rows, cols)
  const entries = new Float64Array(matrices.length)
  for (let at = 0; at < result.data.length; at++) {
    for (let i = 0; i < entries.length; i++) entries[i] = matrices[i]!.data[at]!
    result.data[at] = reduce(entries.sort())
  }
  return result
}

function middle(ascending: Float64Array): number {
  const half = ascending.length >> 1
  if (ascending.length % 2 === 1) return ascending[half]!
  return (ascending[half - 1]! + ascending[half]!) / 2
}
