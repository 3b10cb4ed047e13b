import { ShapeMismatchError } from '../../errors.ts'
import { zeros } from './matrix.ts'
import type { Matrix } from '../types.ts'

/** Entries of the lower triangle of a (size, size) matrix. */
export function packedLength(size: number): number {
  return (size * (size + 1)) / 2
}

/**
 * The lower triangle by rows: a₀₀ a₁₀ a₁₁ a₂₀ … Entries above the diagonal are not read.
 *
 * @throws ShapeMismatchError - not square
 */
export function packSymmetric(matrix: Matrix): Float64Array {
  const { rows: n, cols, data } = matrix
  if (cols !== n) throw new ShapeMismatchError('symmetric matrix', [n, n], [n, cols])
  const packed = new Float64Array(packedLength(n))
  for (let i = 0, at = 0; i < n; at += ++i) packed.set(data.subarray(i * n, i * n + i + 1), at)
  return packed
}

/**
 * The whole symmetric matrix of a packed lower triangle.
 *
 * @throws ShapeMismatchError - `packed` has not size·(size+1)/2 entries
 */
export function unpackSymmetric(packed: ArrayLike<number>, size: number): Matrix {
  if (packed.length !== packedLength(size)) {
    throw new ShapeMismatchError('packed symmetric matrix', [packedLength(size)], [packed.length])
  }
  const result = zeros(size, size)
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = 0; j <= i; j++, at++) {
      const value = packed[at]!
      result.data[i * size + j] = value
      result.data[j * size + i] = value
    }
  }
  return result
}
