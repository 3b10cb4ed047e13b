import type { Gram } from '../linear/gram.ts'
import { timesGram } from '../linear/symmetric-solve.ts'
import type { Matrix } from '../types.ts'

/**
 * How differently two matrices respond to the inputs that a Gram describes, squared; without a Gram to inputs of unit covariance.
 *
 *   ‖(A − B) G^½‖² = tr((A − B) G (A − B)ᵀ)
 *
 * Shapes: A, B (rows, size). Precision: float64, never below 0; entries added up from the first to the last.
 * Cost: rows·size² products, of a factored Gram rows·size·k.
 */
export function squaredResponse(a: Matrix, b: Matrix, gram: Gram | undefined): number {
  const difference = { ...a, data: a.data.map((value, i) => value - b.data[i]!) }
  if (gram === undefined) return inner(difference, difference)
  if (gram.kind === 'factored') return factoredResponse(difference, gram)
  return Math.max(0, inner(timesGram(difference, gram), difference))
}

/** Σ_j values_j ‖D v_j‖² + Σ_k diagonal_k ‖column k of D‖² */
function factoredResponse(
  d: Matrix,
  { vectors, values, diagonal }: Extract<Gram, { readonly kind: 'factored' }>,
): number {
  let sum = 0
  for (let row = 0; row < d.rows; row++) {
    const entries = d.data.subarray(row * d.cols, (row + 1) * d.cols)
    entries.forEach((entry, k) => (sum += diagonal[k]! * (entry * entry)))
    for (let j = 0; j < values.length; j++) {
      let along = 0
      entries.forEach((entry, k) => (along += entry * vectors.data[j * d.cols + k]!))
      sum += values[j]! * (along * along)
    }
  }
  return Math.max(0, sum)
}

function inner(a: Matrix, b: Matrix): number {
  let sum = 0
  for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!
  return sum
}
