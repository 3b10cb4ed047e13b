import { zeros } from '../../../src/merge/linear/matrix.ts'
import type { Matrix } from '../../../src/merge/types.ts'

/** Rows of equal length. */
export function matrixFromRows(rows: readonly (readonly number[])[]): Matrix {
  const result = zeros(rows.length, rows[0]?.length ?? 0)
  rows.forEach((row, i) => result.data.set(row, i * result.cols))
  return result
}
