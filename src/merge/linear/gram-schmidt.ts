import { MergeSpecError } from '../errors.ts'
import type { Matrix } from '../types.ts'

/** Least squared norm that may remain of a row; random rows are far above it. */
const MIN_SQUARED_NORM = 1e-12

/**
 * Orthonormal rows with the same leading spans: row j loses its part along each earlier row, one after the other
 * (modified Gram–Schmidt), then is divided by its norm.
 *
 *   v ← v − (q_k · v) q_k   for k = 0 … j−1        q_j = v / sqrt(v · v)
 *
 * Shapes: (n, d) -> (n, d), n ≤ d; overwrites its argument. For columns, transpose.
 * Precision: float64; + − × ÷ and sqrt, which IEEE 754 fixes to the last bit. Order: dot products by ascending index.
 * Cost: n²·d products.
 *
 * @throws MergeSpecError - more rows than columns, or rows that depend on each other
 */
export function orthonormalizeRows(rows: Matrix): Matrix {
  const { rows: n, cols: d, data } = rows
  if (n > d) throw new MergeSpecError('adapter', `${n} orthonormal rows do not exist in ${d} dimensions`)
  for (let j = 0; j < n; j++) {
    const v = data.subarray(j * d, (j + 1) * d)
    for (let k = 0; k < j; k++) removeComponent(v, data.subarray(k * d, (k + 1) * d))
    const squared = dot(v, v)
    if (!(squared > MIN_SQUARED_NORM))
      throw new MergeSpecError('adapter', `row ${j} depends on the rows before it`)
    const norm = Math.sqrt(squared)
    for (let i = 0; i < d; i++) v[i]! /= norm
  }
  return rows
}

function removeComponent(v: Float64Array, q: Float64Array): void {
  const along = dot(q, v)
  for (let i = 0; i < v.length; i++) v[i]! -= along * q[i]!
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
