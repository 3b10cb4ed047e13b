import { denseGram } from '../linear/gram.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import type { Matrix } from '../types.ts'
import { reject } from './validation.ts'

/**
 * Largest difference between sums over the same samples, as a share of √(samples · energy of the feature), which no sum exceeds:
 * products of batches in float32 differ by up to 2e-6.
 */
const SUM_TOLERANCE = 1e-4

/** What rounding to float32 may take from an eigenvalue of the scatter, as a share of the features' mean energy; up to 5e-6 is seen. */
const SCATTER_TOLERANCE = 1e-4

/**
 * Every sample has one class: summed over the classes, the cross product is the Gram's column of sums, and a class without samples has
 * a column of zeros.
 *
 *   Σ_c C_kc = Σ_n x_nk
 *
 * Shapes: gram [x;1]ᵀ[x;1] (d+1, d+1), cross [x;1]ᵀY (d+1, c). Rejects with `inconsistent-cross`.
 */
export function checkCrossSums(gram: Matrix, cross: Matrix, classCounts: readonly number[]): void {
  const d = gram.rows - 1
  const count = gram.data[gram.data.length - 1]!
  for (let k = 0; k < d; k++) {
    const row = cross.data.subarray(k * cross.cols, (k + 1) * cross.cols)
    const empty = row.findIndex((value, c) => classCounts[c] === 0 && value !== 0)
    if (empty >= 0) {
      reject('inconsistent-cross', `classifier/cross, feature ${k}: ${row[empty]} for class ${empty} without samples`) // prettier-ignore
    }
    const sum = row.reduce((total, value) => total + value, 0)
    const expected = gram.data[d * gram.cols + k]!
    const most = SUM_TOLERANCE * Math.sqrt(count * Math.max(0, gram.data[k * gram.cols + k]!))
    if (Math.abs(sum - expected) <= most) continue
    reject('inconsistent-cross', `classifier/cross, feature ${k}: classes add up to ${sum}, classifier/gram says ${expected}`) // prettier-ignore
  }
}

/**
 * No class is further out than its samples' energy allows: the scatter within classes is positive semi-definite, but for rounding and
 * half of the ridge.
 *
 *   G_x − Σ_c C_c C_cᵀ / n_c + added · I ≻ 0        added = (ridge share + 1e-4) · tr(G_x)/d
 *
 * Means of classes that are all scaled by the same factor fail here unless they are small against the scatter.
 * Rejects with `indefinite-scatter`. Cost: d²·c/2 products and d³/6.
 *
 * @param margin - what the Gram may already use of the ridge, absolute
 */
export function checkScatter(
  gram: Matrix,
  cross: Matrix,
  classCounts: readonly number[],
  energy: number,
  margin: number,
): void {
  const d = gram.rows - 1
  const added = margin + (SCATTER_TOLERANCE * energy) / d
  const scatter = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let value = gram.data[i * gram.cols + j]!
      for (const [c, n] of classCounts.entries()) {
        if (n > 0) value -= (cross.data[i * cross.cols + c]! * cross.data[j * cross.cols + c]!) / n
      }
      scatter[i * d + j] = value
      scatter[j * d + i] = value
    }
    scatter[i * d + i]! += added
  }
  if (isPositiveDefinite(denseGram({ rows: d, cols: d, data: scatter }))) return
  reject('indefinite-scatter', 'classifier/cross says more than the energy in classifier/gram allows: the scatter within classes is not positive semi-definite') // prettier-ignore
}
