import { matmul, transpose, zeros } from './matrix.ts'
import { symmetricEigen } from './symmetric-eigen.ts'
import type { Matrix } from '../types.ts'

export interface SymmetricRoots {
  /** M^½ */
  readonly root: Matrix
  /** M^−½ */
  readonly inverse: Matrix
}

/**
 * Roots of a symmetric matrix whose eigenvalues below `least` are raised to it.
 *
 *   M = V diag(λ) Vᵀ        root V diag(√max(λ, least)) Vᵀ, inverse with 1/√
 *
 * Shapes: all (n, n). Precision: float64. Cost: about 7n³.
 */
export function symmetricRoots(matrix: Matrix, least: number): SymmetricRoots {
  const n = matrix.rows
  const { values, vectors } = symmetricEigen(matrix.data, n)
  const columns = transpose({ rows: n, cols: n, data: vectors })
  const roots = values.map((value) => Math.sqrt(Math.max(value, least)))
  const inverses = roots.map((root) => 1 / root)
  return { root: spectralSum(columns, roots), inverse: spectralSum(columns, inverses) }
}

/** S diag(d) Sᵀ; symmetric to the bit. */
export function spectralSum(s: Matrix, d: Float64Array): Matrix {
  const scaled = { ...s, data: s.data.map((value, at) => value * d[at % s.cols]!) }
  return mirrored(matmul(scaled, transpose(s)))
}

/** R G R for symmetric R and G; symmetric to the bit. */
export function congruent(r: Matrix, gram: Matrix): Matrix {
  return mirrored(matmul(matmul(r, gram), r))
}

/** The lower triangle and its mirror image. */
function mirrored({ rows: n, data }: Matrix): Matrix {
  const result = zeros(n, n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      result.data[i * n + j] = data[i * n + j]!
      result.data[j * n + i] = data[i * n + j]!
    }
  }
  return result
}
