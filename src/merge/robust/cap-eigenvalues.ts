import { denseGram, gramTrace, scaleGram, toDense, type Gram } from '../linear/gram.ts'
import { matmul, transpose } from '../linear/matrix.ts'
import { symmetricEigen } from '../linear/symmetric-eigen.ts'
import { congruent, spectralSum, symmetricRoots } from '../linear/symmetric-roots.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import type { Matrix, RobustSpec } from '../types.ts'
import { unitTrace } from './cap-pull.ts'

/** Least eigenvalue of the median, whose mean diagonal is about 1. */
const LEAST_EIGENVALUE = 1e-9

/**
 * Clips the generalised eigenvalues μ of Ĝ v = μ M v.
 *
 *   M^−½ Ĝ M^−½ = U diag(μ) Uᵀ        result S diag(min(max(μ, floor), ceiling)) Sᵀ · tr(G)/size,  S = M^½ U
 *
 * Shapes: M and G (n, n). A Gram within its limits, by two LDLᵀ, stays as it is, to the bit.
 * Precision: float64. Cost: 7n³ for M; n³/3 for a Gram within its limits, else about 10n³.
 */
export function directionCap(
  median: Matrix,
  { floor, ceiling }: NonNullable<RobustSpec['directionalCap']>,
): (gram: Gram) => Gram {
  const n = median.rows
  const { root, inverse } = symmetricRoots(median, LEAST_EIGENVALUE)
  return (gram) => {
    const unit = toDense(unitTrace(gram))
    if (isBetween(unit, median, floor, ceiling)) return gram
    const { values, vectors } = symmetricEigen(congruent(inverse, unit).data, n)
    const clipped = values.map((value) => Math.min(Math.max(value, floor), ceiling))
    const s = matmul(root, transpose({ rows: n, cols: n, data: vectors }))
    return scaleGram(denseGram(spectralSum(s, clipped)), gramTrace(gram) / n)
  }
}

/** floor · M < Ĝ < ceiling · M in every direction. */
function isBetween(unit: Matrix, median: Matrix, floor: number, ceiling: number): boolean {
  const difference = (a: number, b: number): Gram =>
    denseGram({ ...unit, data: unit.data.map((value, i) => a * value + b * median.data[i]!) })
  return isPositiveDefinite(difference(1, -floor)) && isPositiveDefinite(difference(-1, ceiling))
}
