import type { PackedGram } from '../linear/gram.ts'
import { trace, zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'

/**
 * One peer's Gram made safe to invert, the same in numerator and denominator of a merge.
 *
 *   off-diagonal  alpha · g_ij        diagonal  g_ii + ρ · tr(G)/d
 *
 * Shapes: G (d, d), its lower triangle is read and mirrored; result (d, d).
 * Units: ρ is relative to the mean diagonal. alpha = 1 keeps the Gram, 0 keeps its diagonal.
 * In directions that nobody observed, the ridge makes the merge the mean of the peers; a ridge on the sum alone would
 * give zero there.
 *
 * @throws ShapeMismatchError - not square
 * @see RegMean, Jin et al., arXiv:2212.09849 (non-diagonal entries reduced); the per-peer ridge is this project's own
 */
export function shrink(gram: Matrix, alpha: number, ridge: number): Matrix {
  const d = gram.rows
  const added = ridge * (trace(gram) / d)
  const result = zeros(d, d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      const value = alpha * gram.data[i * d + j]!
      result.data[i * d + j] = value
      result.data[j * d + i] = value
    }
    result.data[i * d + i] = gram.data[i * d + i]! + added
  }
  return result
}

/** `shrink` of a packed Gram, without ridge: the diagonal lies apart and stays. */
export function shrinkPacked(gram: PackedGram, alpha: number): PackedGram {
  return { ...gram, lower: new Float64Array(gram.lower).map((value) => alpha * value) }
}
