import { denseGram } from '../linear/gram.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import { trace } from '../linear/matrix.ts'
import { withinClasses } from '../linear/within-classes.ts'
import type { Matrix } from '../types.ts'
import { reject } from './validation.ts'

/** What float32 may take from an eigenvalue, as a share of the features' mean energy; up to 5e-6 is seen. */
const EIGENVALUE_TOLERANCE = 1e-4

/**
 * No class is further out than its samples' energy allows: the scatter within classes is positive semi-definite, but for rounding and
 * half of the ridge. A cross product scaled as a whole, or moved between classes beyond what the features' energy allows, fails.
 *
 *   G_x − 0.98 · Σ_c C_c C_cᵀ / n_c + (margin + 1e-4 · tr(G_x)/d) · I ≻ 0
 *
 * Shapes: gram [x;1]ᵀ[x;1] (d+1, d+1), cross [x;1]ᵀY (d+1, c) by rows. Rejects with `indefinite-scatter`.
 * Cost: d²·c/2 products and d³/6.
 *
 * @param margin - half of the ridge
 */
export function checkScatter(
  gram: Matrix,
  cross: ArrayLike<number>,
  classCounts: readonly number[],
  margin: number,
): void {
  const d = gram.rows - 1
  const scatter = withinClasses(gram, cross, classCounts)
  const added = margin + (EIGENVALUE_TOLERANCE * (trace(gram) - gram.data[gram.data.length - 1]!)) / d
  for (let i = 0; i < d; i++) scatter.data[i * d + i]! += added
  if (isPositiveDefinite(denseGram(scatter))) return
  reject('indefinite-scatter', 'classifier/cross puts classes further apart than classifier/gram allows: the scatter within classes is not positive semi-definite') // prettier-ignore
}
