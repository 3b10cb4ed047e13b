import type { Ldlt } from './ldlt.ts'
import { assertShape, zeros } from './matrix.ts'
import type { Matrix } from '../types.ts'

/** Rows solved at once: four independent chains keep the processor busy, each in its own order. */
const BLOCK = 4

/**
 * X with X A = R, one row of R at a time.
 *
 *   y_i = r_i − Σ_{k<i} l_ik·y_k        x_i = y_i/d_i − Σ_{k>i} l_ki·x_k
 *
 * Shapes: R (m, n), A (n, n) symmetric, X (m, n).
 * Order: by ascending k in both sums.
 * Cost: m·n² products.
 *
 * @throws ShapeMismatchError - R has not as many columns as A
 */
export function ldltSolve(factors: Ldlt, rightRows: Matrix): Matrix {
  const { size: n } = factors
  assertShape('right-hand side', rightRows, rightRows.rows, n)
  const result = zeros(rightRows.rows, n)
  const block = new Float64Array(n * BLOCK)
  for (let row = 0; row < rightRows.rows; row += BLOCK) {
    interleave(rightRows, row, block)
    forward(factors, block)
    for (let i = 0; i < block.length; i++) block[i]! /= factors.pivots[i >> 2]!
    backward(factors, block)
    separate(block, row, result)
  }
  return result
}

/** Four rows of R, entry by entry next to each other; rows that R has no more are zero. */
function interleave({ rows, cols, data }: Matrix, first: number, block: Float64Array): void {
  block.fill(0)
  for (let r = 0; r < Math.min(BLOCK, rows - first); r++) {
    for (let i = 0; i < cols; i++) block[i * BLOCK + r] = data[(first + r) * cols + i]!
  }
}

function separate(block: Float64Array, first: number, { rows, cols, data }: Matrix): void {
  for (let r = 0; r < Math.min(BLOCK, rows - first); r++) {
    for (let i = 0; i < cols; i++) data[(first + r) * cols + i] = block[i * BLOCK + r]!
  }
}

function forward({ size: n, triangles }: Ldlt, x: Float64Array): void {
  for (let i = 0; i < n; i++) subtractProducts(triangles, i * n, x, i, 0, i)
}

function backward({ size: n, triangles }: Ldlt, x: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) subtractProducts(triangles, i * n, x, i, i + 1, n)
}

/** x_i −= Σ_k a[row + k]·x_k for k = from … to − 1, for all four systems. */
function subtractProducts(
  a: Float64Array,
  row: number,
  x: Float64Array,
  i: number,
  from: number,
  to: number,
): void {
  const at = i * BLOCK
  let t0 = x[at]!
  let t1 = x[at + 1]!
  let t2 = x[at + 2]!
  let t3 = x[at + 3]!
  for (let k = from; k < to; k++) {
    const factor = a[row + k]!
    const other = k * BLOCK
    t0 -= factor * x[other]!
    t1 -= factor * x[other + 1]!
    t2 -= factor * x[other + 2]!
    t3 -= factor * x[other + 3]!
  }
  x[at] = t0
  x[at + 1] = t1
  x[at + 2] = t2
  x[at + 3] = t3
}
