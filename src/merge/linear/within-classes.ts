import { zeros } from './matrix.ts'
import type { Matrix } from '../types.ts'

/** Entries of a row computed at once. */
const BLOCK = 4

/** How far honest means may be off: those of a GPU that rounds products to ten bits, twice, as they enter squared. */
export const MEANS_TOLERANCE = 0.02

/**
 * The scatter of features within classes; by default with two percent of that between them, which honest rounding may have taken.
 *
 *   G_x − share · Σ_c C_c C_cᵀ / n_c
 *
 * Shapes: gram [x;1]ᵀ[x;1] (d+1, d+1), cross [x;1]ᵀY (d+1, c) by rows → (d, d). Cost: d²·c/2 products, c classes with samples.
 */
export function withinClasses(
  gram: Matrix,
  cross: ArrayLike<number>,
  classCounts: ArrayLike<number>,
  share = 1 - MEANS_TOLERANCE,
): Matrix {
  const d = gram.rows - 1
  const scaled = scaledSums(cross, classCounts, d)
  const scatter = new Float64Array(d * d)
  const between = new Float64Array(BLOCK)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j += BLOCK) {
      fourProducts(scaled, i, j, between)
      for (let b = 0; b < BLOCK && j + b <= i; b++) {
        const value = gram.data[i * gram.cols + j + b]! - share * between[b]!
        scatter[i * d + j + b] = value
        scatter[(j + b) * d + i] = value
      }
    }
  }
  return { rows: d, cols: d, data: scatter }
}

/** Row i times rows j … j + 3: four independent chains keep the processor busy, each in its own order. */
function fourProducts({ cols, data }: Matrix, i: number, j: number, products: Float64Array): void {
  let [t0, t1, t2, t3] = [0, 0, 0, 0]
  for (let c = 0, a = i * cols, b = j * cols; c < cols; c++, a++, b++) {
    const factor = data[a]!
    t0 += factor * data[b]!
    t1 += factor * data[b + cols]!
    t2 += factor * data[b + 2 * cols]!
    t3 += factor * data[b + 3 * cols]!
  }
  products[0] = t0
  products[1] = t1
  products[2] = t2
  products[3] = t3
}

/** C_c / √n_c of the classes with samples, side by side, and rows of zeros that fill the last block. (d + 3, held) */
function scaledSums(cross: ArrayLike<number>, classCounts: ArrayLike<number>, d: number): Matrix {
  const held = Array.from(classCounts).flatMap((n, c) => (n > 0 ? [{ c, root: Math.sqrt(n) }] : []))
  const scaled = zeros(d + BLOCK - 1, held.length)
  for (let i = 0, at = 0; i < d; i++) {
    for (const { c, root } of held) scaled.data[at++] = cross[i * classCounts.length + c]! / root
  }
  return scaled
}
