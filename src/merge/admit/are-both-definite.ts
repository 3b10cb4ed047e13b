import { denseGram } from '../linear/gram.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import { MEANS_TOLERANCE, withinClasses } from '../linear/within-classes.ts'
import type { Matrix } from '../types.ts'

/** Far below any ridge a feature, and far above what float32 does to a squared sum. */
const SHARE = 1e-8

/**
 * Whether one factorisation shows that both the Gram and the scatter within classes are positive definite with the margin, as those of honest
 * statistics are. Never true where either is not; where it is false, each has to be judged by itself.
 *
 *   G_x + margin·I − 0.98 · Σ_c C_c C_cᵀ / n_c − ((0.02 + ε) t tᵀ + (1 + 1/ε) δ δᵀ) / n ≻ 0        t = Σ_c C_c,  δ = t − s,  ε = 1e-8
 *
 * s is the sum of all samples in the Gram's last row, and differs from t by rounding. As Σ_c C_c C_cᵀ / n_c ⪰ t tᵀ / n and
 * (1 + ε) t tᵀ + (1 + 1/ε) δ δᵀ ⪰ s sᵀ, what is factored is no larger than G_x + margin·I − s sᵀ / n, which is definite exactly where the
 * whole Gram is; and it is no larger than the scatter with its margin.
 *
 * Shapes: gram [x;1]ᵀ[x;1] (d+1, d+1), cross [x;1]ᵀY (d+1, c) by rows. Requires: both count the same samples.
 * Cost: d²·c/2 products and d³/6.
 *
 * @param margin - half of the ridge
 */
export function areBothDefinite(
  gram: Matrix,
  cross: ArrayLike<number>,
  classCounts: readonly number[],
  margin: number,
): boolean {
  const d = gram.rows - 1
  const [last, samples] = [d * gram.cols, gram.data[gram.data.length - 1]!]
  const sums = classSums(cross, d, classCounts.length)
  const off = sums.map((sum, i) => sum - gram.data[last + i]!)
  const [ofSums, ofOff] = [(MEANS_TOLERANCE + SHARE) / samples, (1 + 1 / SHARE) / samples]
  const matrix = withinClasses(gram, cross, classCounts) // its lower triangle is factored
  for (let i = 0; i < d; i++) {
    const [sum, rest] = [ofSums * sums[i]!, ofOff * off[i]!]
    for (let j = 0; j <= i; j++) matrix.data[i * d + j]! -= sum * sums[j]! + rest * off[j]!
    matrix.data[i * d + i]! += margin
  }
  return isPositiveDefinite(denseGram(matrix))
}

/** Σ_c C_c. (d) */
function classSums(cross: ArrayLike<number>, d: number, classes: number): Float64Array {
  const sums = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    for (let c = 0; c < classes; c++) sums[i]! += cross[i * classes + c]!
  }
  return sums
}
