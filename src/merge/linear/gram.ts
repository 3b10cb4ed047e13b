import { ShapeMismatchError } from '../../errors.ts'
import { trace, zeros } from './matrix.ts'
import { addOuterProducts } from './outer-products.ts'
import { packedLength, unpackSymmetric } from './packed-symmetric.ts'
import type { Matrix } from '../types.ts'

/**
 * A symmetric positive semi-definite matrix (size, size): how much data there is in each direction of a matrix's inputs.
 *
 *   dense      every entry
 *   packed     the lower triangle by rows; the diagonal apart, in float64, and that in `lower` is not read
 *   factored   Σ_j values_j · v_j v_jᵀ + diag(diagonal)     v_j the rows of `vectors` (k, size); k may be 0
 */
export type Gram = DenseGram | PackedGram | FactoredGram

export interface DenseGram {
  readonly kind: 'dense'
  readonly matrix: Matrix
}

export interface PackedGram {
  readonly kind: 'packed'
  readonly lower: Float32Array | Float64Array
  readonly diagonal: Float64Array
}

export interface FactoredGram {
  readonly kind: 'factored'
  readonly vectors: Matrix
  readonly values: Float64Array
  readonly diagonal: Float64Array
}

export const denseGram = (matrix: Matrix): DenseGram => ({ kind: 'dense', matrix })

/** @throws ShapeMismatchError - `lower` has not size·(size+1)/2 entries */
export function packedGram(lower: PackedGram['lower'], size: number): PackedGram {
  if (lower.length !== packedLength(size)) {
    throw new ShapeMismatchError('packed symmetric matrix', [packedLength(size)], [lower.length])
  }
  const diagonal = Float64Array.from({ length: size }, (_, i) => lower[packedLength(i + 1) - 1]!)
  return { kind: 'packed', lower, diagonal }
}

export function gramSize(gram: Gram): number {
  return gram.kind === 'dense' ? gram.matrix.rows : gram.diagonal.length
}

/** Entries of the diagonal. */
export function gramDiagonal(gram: Gram): Float64Array {
  if (gram.kind === 'dense') {
    const { rows, data } = gram.matrix
    return Float64Array.from({ length: rows }, (_, i) => data[i * rows + i]!)
  }
  if (gram.kind === 'packed') return gram.diagonal.slice()
  const { vectors, values, diagonal } = gram
  const result = diagonal.slice()
  for (let j = 0; j < values.length; j++) {
    for (let i = 0; i < result.length; i++) {
      const v = vectors.data[j * result.length + i]!
      result[i]! += values[j]! * (v * v)
    }
  }
  return result
}

/** Sum of the diagonal, from the first entry to the last. */
export function gramTrace(gram: Gram): number {
  return gram.kind === 'dense'
    ? trace(gram.matrix)
    : gramDiagonal(gram).reduce((sum, value) => sum + value, 0)
}

/** factor · G. */
export function scaleGram(gram: Gram, factor: number): Gram {
  if (factor === 1) return gram
  const scale = (data: Float64Array): Float64Array => data.map((value) => factor * value)
  if (gram.kind === 'dense') return denseGram({ ...gram.matrix, data: scale(gram.matrix.data) })
  if (gram.kind === 'packed') {
    return { ...gram, lower: scale(new Float64Array(gram.lower)), diagonal: scale(gram.diagonal) }
  }
  return { ...gram, values: scale(gram.values), diagonal: scale(gram.diagonal) }
}

/** G + added · I. */
export function addToDiagonal(gram: Gram, added: number): Gram {
  if (gram.kind !== 'dense') return { ...gram, diagonal: gram.diagonal.map((value) => value + added) }
  const { rows, data } = gram.matrix
  const result = data.slice()
  for (let i = 0; i < rows; i++) result[i * rows + i]! += added
  return denseGram({ ...gram.matrix, data: result })
}

/** G + ρ·tr(G)/size · I: safe to invert, and in directions that nobody has observed the merge is the mean of the peers. */
export function ridged(gram: Gram, ridge: number): Gram {
  return addToDiagonal(gram, ridge * (gramTrace(gram) / gramSize(gram)))
}

/** Every entry of G. Cost for factored ones: k·size²/2 products. */
export function toDense(gram: Gram): Matrix {
  if (gram.kind === 'dense') return gram.matrix
  if (gram.kind === 'packed') {
    const size = gram.diagonal.length
    const result = unpackSymmetric(gram.lower, size)
    for (let i = 0; i < size; i++) result.data[i * size + i] = gram.diagonal[i]!
    return result
  }
  const { vectors, values, diagonal } = gram
  const size = diagonal.length
  const result = zeros(size, size)
  for (let i = 0; i < size; i++) result.data[i * size + i] = diagonal[i]!
  addOuterProducts(result, vectors, values)
  return result
}
