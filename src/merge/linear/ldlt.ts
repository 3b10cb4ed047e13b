import { assertShape } from './matrix.ts'
import { NotPositiveDefiniteError } from '../errors.ts'
import type { Matrix } from '../types.ts'

/** A = L D Lᵀ: `triangles` (n, n) holds L below its unit diagonal and Lᵀ above it, `pivots` (n) holds D. */
export interface Ldlt {
  readonly size: number
  readonly triangles: Float64Array
  readonly pivots: Float64Array
}

/**
 * Unpivoted LDLᵀ of a symmetric positive definite matrix; only the lower triangle is read.
 *
 *   d_j = a_jj − Σ_k (l_jk·l_jk)·d_k        l_ij = (a_ij − Σ_k (l_ik·l_jk)·d_k) / d_j        k = 0 … j−1
 *
 * Precision: float64; error about cond(A) times 1e-17, as LAPACK's LU.
 * Order: every difference is taken by ascending k, so the bits do not depend on the order of the other loops.
 * Cost: n³/6 steps of two products and one difference, 8·n² bytes.
 *
 * @throws ShapeMismatchError - not square
 * @throws NotPositiveDefiniteError - a pivot is not positive, which a NaN also causes
 */
export function ldlt(matrix: Matrix, operand = 'matrix'): Ldlt {
  const n = matrix.rows
  assertShape(operand, matrix, n, n)
  const triangles = new Float64Array(matrix.data)
  const pivots = new Float64Array(n)
  const failed = factorInPlace(triangles, pivots, n)
  if (failed >= 0) throw new NotPositiveDefiniteError(operand, failed, pivots[failed]!)
  mirrorLower(triangles, n)
  return { size: n, triangles, pivots }
}

/** Whether LDLᵀ meets only positive pivots. Overwrites the matrix. @throws ShapeMismatchError - not square */
export function hasPositivePivots(scratch: Matrix): boolean {
  assertShape('matrix', scratch, scratch.rows, scratch.rows)
  return factorInPlace(scratch.data, new Float64Array(scratch.rows), scratch.rows) < 0
}

/** Row by row (l_i needs the rows above only); returns the first bad pivot, or −1. */
function factorInPlace(a: Float64Array, pivots: Float64Array, n: number): number {
  for (let j = 0; j < n; j++) {
    let pivot = a[j * n + j]!
    for (let k = 0; k < j; k++) pivot -= a[j * n + k]! * a[j * n + k]! * pivots[k]!
    pivots[j] = pivot
    if (!(pivot > 0)) return j
    let i = j + 1
    for (; i + 3 < n; i += 4) fourBelow(a, pivots, n, i, j)
    for (; i < n; i++) oneBelow(a, pivots, n, i, j)
  }
  return -1
}

function oneBelow(a: Float64Array, pivots: Float64Array, n: number, i: number, j: number): void {
  const row = i * n
  const top = j * n
  let t = a[row + j]!
  for (let k = 0; k < j; k++) t -= a[row + k]! * a[top + k]! * pivots[k]!
  a[row + j] = t / pivots[j]!
}

/** Four entries of column j at once: four independent chains keep the processor busy, each in its own order. */
function fourBelow(a: Float64Array, pivots: Float64Array, n: number, i: number, j: number): void {
  const top = j * n
  const r0 = i * n
  const r1 = r0 + n
  const r2 = r1 + n
  const r3 = r2 + n
  let t0 = a[r0 + j]!
  let t1 = a[r1 + j]!
  let t2 = a[r2 + j]!
  let t3 = a[r3 + j]!
  for (let k = 0; k < j; k++) {
    const l = a[top + k]!
    const d = pivots[k]!
    t0 -= a[r0 + k]! * l * d
    t1 -= a[r1 + k]! * l * d
    t2 -= a[r2 + k]! * l * d
    t3 -= a[r3 + k]! * l * d
  }
  const pivot = pivots[j]!
  a[r0 + j] = t0 / pivot
  a[r1 + j] = t1 / pivot
  a[r2 + j] = t2 / pivot
  a[r3 + j] = t3 / pivot
}

function mirrorLower(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j]!
  }
}
