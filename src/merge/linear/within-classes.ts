import type { Matrix } from '../types.ts'

/** How far honest means may be off: those of a GPU that rounds products to ten bits, twice, as they enter squared. */
const MEANS_TOLERANCE = 0.02

/**
 * The scatter of features within classes, less two percent of that between them, which honest rounding may have taken.
 *
 *   G_x − 0.98 · Σ_c C_c C_cᵀ / n_c
 *
 * Shapes: gram [x;1]ᵀ[x;1] (d+1, d+1), cross [x;1]ᵀY (d+1, c) by rows → (d, d). Cost: d²·c/2 products, c classes with samples.
 */
export function withinClasses(
  gram: Matrix,
  cross: ArrayLike<number>,
  classCounts: ArrayLike<number>,
): Matrix {
  const d = gram.rows - 1
  const scaled = scaledSums(cross, classCounts, d)
  const held = scaled.length / d
  const scatter = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let between = 0
      for (let c = 0, a = i * held, b = j * held; c < held; c++) between += scaled[a + c]! * scaled[b + c]!
      const value = gram.data[i * gram.cols + j]! - (1 - MEANS_TOLERANCE) * between
      scatter[i * d + j] = value
      scatter[j * d + i] = value
    }
  }
  return { rows: d, cols: d, data: scatter }
}

/** C_c / √n_c of the classes with samples, side by side. (d, held) */
function scaledSums(cross: ArrayLike<number>, classCounts: ArrayLike<number>, d: number): Float64Array {
  const held = Array.from(classCounts).flatMap((n, c) => (n > 0 ? [{ c, root: Math.sqrt(n) }] : []))
  const scaled = new Float64Array(d * held.length)
  for (let i = 0, at = 0; i < d; i++) {
    for (const { c, root } of held) scaled[at++] = cross[i * classCounts.length + c]! / root
  }
  return scaled
}
