import { gramSize, type FactoredGram, type Gram } from '../linear/gram.ts'
import { solveSymmetric } from '../linear/symmetric-solve.ts'
import { addInto, assertShape, matmul, transpose, zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'
import type { Term } from './term.ts'

/**
 * Eigenvectors of all terms together, as a share of the size, up to which no matrix of that size is formed. At sizes of 192 to 768 a tenth
 * takes a tenth of the dense path's time, a half takes a third.
 */
export const FACTORED_BELOW = 0.5

/** A term whose Gram is factored; undefined stands for the terms to be solved densely. */
type FactoredTerm = Term & { readonly gram: FactoredGram }

/** The terms, where all Grams are factored and few enough vectors, of values not negative, on a diagonal without zeros make them up. */
export function factoredTerms(terms: readonly Term[]): readonly FactoredTerm[] | undefined {
  const size = terms[0]!.value.cols
  const factored = terms.map(({ id, weight, count, value, gram }) => ({ id, weight, count, value, gram }))
  if (!factored.every(isFactored)) return undefined
  const vectors = factored.reduce((sum, { gram }) => sum + gram.values.length, 0)
  if (vectors === 0) return factored
  const isSound = factored.every(({ gram }) =>
    [...gram.values, ...gram.diagonal].every((value) => value >= 0),
  )
  const isCovered = totalDiagonal(factored, size).every((value) => value > 0)
  return isSound && isCovered && vectors < FACTORED_BELOW * size ? factored : undefined
}

function isFactored(term: Term): term is FactoredTerm {
  const gram: Gram | undefined = term.gram
  return gram?.kind === 'factored'
}

/**
 * The Gram-weighted mean under Grams of few eigenvectors and a diagonal, without ever forming them.
 *
 *   wᵢGᵢ = diag(dᵢ) + UᵢᵀUᵢ,  D = Σ dᵢ,  U = [U_1; …; U_K],  W̄ = (Σ Wᵢ diag(dᵢ)) D⁻¹
 *   W = W̄ + P (I + U D⁻¹ Uᵀ)⁻¹ U D⁻¹        P = [(W_1 − W̄)U_1ᵀ … (W_K − W̄)U_Kᵀ]
 *
 * Shapes: W (rows, size), U (m, size), m vectors in all. As a correction of W̄ and not of Σ WᵢGᵢ D⁻¹, the identity of Woodbury loses
 * no more digits than the dense solve where the diagonal is tiny. Without vectors it is W̄, entry by entry; an entry that no diagonal
 * weighs is the plain weighted mean.
 * Precision: float64; + − × ÷ and sqrt. Order: that of the terms; sums by ascending index.
 * Cost: rows·size·m for the sums, size·m²/2 + m³/6 for the solve; 8·size·m bytes.
 *
 * @throws ShapeMismatchError - a value of another shape than the first
 */
export function factoredMean(terms: readonly FactoredTerm[], operand: string): Matrix {
  const { rows, cols } = terms[0]!.value
  for (const { value, gram } of terms) {
    assertShape(`factor under ${operand}`, value, rows, cols)
    assertShape(operand, gram.vectors, gram.values.length, gramSize(gram))
  }
  const mean = diagonalMean(terms, rows, cols)
  const scaled = terms.map(({ gram, weight }) => scaledVectors(gram, weight))
  const stacked = stack(scaled, cols)
  if (stacked.rows === 0) return mean
  const projected = terms.map(({ value }, i) => matmul(minus(value, mean), transpose(scaled[i]!)))
  const over = divideColumns(stacked, totalDiagonal(terms, cols)) // U D⁻¹ (m, size)
  const inner = matmul(over, transpose(stacked)) // (m, m)
  for (let j = 0; j < inner.rows; j++) inner.data[j * inner.cols + j]! += 1
  const weights = solveSymmetric(inner, transpose(stack(projected.map(transpose), rows)), operand) // (rows, m)
  addInto(mean, matmul(weights, over))
  return mean
}

/** Σ wᵢ dᵢ. */
function totalDiagonal(terms: readonly FactoredTerm[], size: number): Float64Array {
  const total = new Float64Array(size)
  for (const { gram, weight } of terms) {
    for (let i = 0; i < size; i++) total[i]! += weight * gram.diagonal[i]!
  }
  return total
}

/** Σ Wᵢ·wᵢdᵢ / Σ wᵢdᵢ, entry by entry; where that is 0/0, Σ wᵢWᵢ / Σ wᵢ. */
function diagonalMean(terms: readonly FactoredTerm[], rows: number, cols: number): Matrix {
  const result = zeros(rows, cols)
  const total = totalDiagonal(terms, cols)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      let above = 0
      let below = 0
      for (const { value, weight, gram } of terms) {
        const weighed = total[j]! > 0 ? weight * gram.diagonal[j]! : weight
        above += value.data[i * cols + j]! * weighed
        below += weighed
      }
      result.data[i * cols + j] = above / below
    }
  }
  return result
}

/** √(w·value_j) v_j, row by row. */
function scaledVectors({ vectors, values }: FactoredGram, weight: number): Matrix {
  const result = { ...vectors, data: vectors.data.slice() }
  values.forEach((value, j) => {
    const factor = Math.sqrt(weight * value)
    for (let i = j * vectors.cols; i < (j + 1) * vectors.cols; i++) result.data[i]! *= factor
  })
  return result
}

/** Matrices of equal width one below the other. */
function stack(blocks: readonly Matrix[], cols: number): Matrix {
  const result = zeros(
    blocks.reduce((sum, { rows }) => sum + rows, 0),
    cols,
  )
  let at = 0
  for (const { data } of blocks) {
    result.data.set(data, at)
    at += data.length
  }
  return result
}

function minus(a: Matrix, b: Matrix): Matrix {
  return { ...a, data: a.data.map((value, i) => value - b.data[i]!) }
}

function divideColumns(a: Matrix, divisors: Float64Array): Matrix {
  return { ...a, data: a.data.map((value, i) => value / divisors[i % a.cols]!) }
}
