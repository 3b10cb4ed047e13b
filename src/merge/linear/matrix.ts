import { ShapeMismatchError } from '../../errors.ts'
import { NonFiniteError } from '../errors.ts'
import type { Matrix, Tensor } from '../types.ts'

export function zeros(rows: number, cols: number): Matrix {
  return { rows, cols, data: new Float64Array(rows * cols) }
}

/** @throws ShapeMismatchError - the matrix is not (rows, cols) */
export function assertShape(operand: string, matrix: Matrix, rows: number, cols: number): void {
  if (matrix.rows !== rows || matrix.cols !== cols || matrix.data.length !== rows * cols) {
    throw new ShapeMismatchError(operand, [rows, cols], [matrix.rows, matrix.cols])
  }
}

/** The tensor's entries in float64, seen as (rows, cols). */
export function matrixFromTensor(operand: string, tensor: Tensor, rows: number, cols: number): Matrix {
  if (tensor.data.length !== rows * cols) throw new ShapeMismatchError(operand, [rows, cols], tensor.shape)
  return { rows, cols, data: new Float64Array(tensor.data) }
}

/**
 * The one rounding of a merge: float64 to float32, to nearest, ties to even, subnormal numbers kept.
 *
 * @throws NonFiniteError - an entry is NaN or beyond float32
 */
export function tensorFromMatrix(
  operand: string,
  matrix: Matrix,
  shape: readonly number[] = [matrix.rows, matrix.cols],
): Tensor {
  const data = new Float32Array(matrix.data)
  const bad = data.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0) throw new NonFiniteError(operand, bad, matrix.data[bad]!)
  return { shape, data }
}

export function transpose(a: Matrix): Matrix {
  const result = zeros(a.cols, a.rows)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) result.data[j * a.rows + i] = a.data[i * a.cols + j]!
  }
  return result
}

/**
 * C = A B, (n, k) (k, m) -> (n, m).
 *
 * Order: entry (i, j) is ((0 + a[i][0]·b[0][j]) + a[i][1]·b[1][j]) + …, whatever the order of the loops.
 *
 * @throws ShapeMismatchError - A has not as many columns as B has rows
 */
export function matmul(a: Matrix, b: Matrix): Matrix {
  assertShape('right factor', b, a.cols, b.cols)
  const result = zeros(a.rows, b.cols)
  for (let i = 0; i < a.rows; i++) {
    let j = 0
    for (; j + 3 < b.cols; j += 4) fourEntries(a, b, result, i, j)
    for (; j < b.cols; j++) oneEntry(a, b, result, i, j)
  }
  return result
}

function oneEntry(a: Matrix, b: Matrix, result: Matrix, i: number, j: number): void {
  let t = 0
  for (let k = 0; k < a.cols; k++) t += a.data[i * a.cols + k]! * b.data[k * b.cols + j]!
  result.data[i * b.cols + j] = t
}

/** Four entries of a row at once: four independent chains keep the processor busy, each in its own order. */
function fourEntries(a: Matrix, b: Matrix, result: Matrix, i: number, j: number): void {
  const { data: left, cols: depth } = a
  const { data: right, cols: width } = b
  let t0 = 0
  let t1 = 0
  let t2 = 0
  let t3 = 0
  for (let k = 0, at = j; k < depth; k++, at += width) {
    const factor = left[i * depth + k]!
    t0 += factor * right[at]!
    t1 += factor * right[at + 1]!
    t2 += factor * right[at + 2]!
    t3 += factor * right[at + 3]!
  }
  const at = i * width + j
  result.data[at] = t0
  result.data[at + 1] = t1
  result.data[at + 2] = t2
  result.data[at + 3] = t3
}

/** sum += term, entry by entry. @throws ShapeMismatchError - shapes differ */
export function addInto(sum: Matrix, term: Matrix): void {
  assertShape('term', term, sum.rows, sum.cols)
  for (let i = 0; i < sum.data.length; i++) sum.data[i]! += term.data[i]!
}

/** sum += scale · term, entry by entry. @throws ShapeMismatchError - shapes differ */
export function scaledAddInto(sum: Matrix, scale: number, term: Matrix): void {
  assertShape('term', term, sum.rows, sum.cols)
  for (let i = 0; i < sum.data.length; i++) sum.data[i]! += scale * term.data[i]!
}

/** a[i][i] added up from the first row to the last. @throws ShapeMismatchError - not square */
export function trace(a: Matrix): number {
  assertShape('trace', a, a.rows, a.rows)
  let sum = 0
  for (let i = 0; i < a.rows; i++) sum += a.data[i * a.cols + i]!
  return sum
}
