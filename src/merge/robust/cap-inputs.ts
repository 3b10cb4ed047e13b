import { gramDiagonal, gramSize, gramTrace, toDense, type Gram } from '../linear/gram.ts'
import type { RobustSpec } from '../types.ts'

/** Least diagonal entry of the median, whose mean is about 1. */
const LEAST_ENTRY = 1e-6

/**
 * Clips the diagonal of Ĝ to [floor, ceiling] times the median's by a congruence, which keeps it positive semi-definite and a factored
 * Gram factored: the directional cap of Grams too large for eigenvectors.
 *
 *   s_k = sqrt(clip(ĝ_kk, floor·m_k, ceiling·m_k) / ĝ_kk)        result S G S
 *
 * Precision: float64. Cost: one product an entry. An input without any energy keeps none; one within its limits has s_k = 1.
 */
export function inputCap(
  median: Float64Array,
  { floor, ceiling }: NonNullable<RobustSpec['directionalCap']>,
): (gram: Gram) => Gram {
  return (gram) => {
    const unit = gramSize(gram) / gramTrace(gram)
    const scales = gramDiagonal(gram).map((entry, k) => {
      const value = entry * unit
      const most = Math.max(median[k]!, LEAST_ENTRY)
      const clipped = Math.min(Math.max(value, floor * most), ceiling * most)
      return clipped === value || value === 0 ? 1 : Math.sqrt(clipped / value)
    })
    return scales.every((s) => s === 1) ? gram : congruent(gram, scales)
  }
}

/** S G S, S diagonal. */
function congruent(gram: Gram, s: Float64Array): Gram {
  const size = s.length
  if (gram.kind === 'factored') {
    const data = gram.vectors.data.map((value, at) => value * s[at % size]!)
    return { ...gram, vectors: { ...gram.vectors, data }, diagonal: squared(gram.diagonal, s) }
  }
  if (gram.kind === 'packed') {
    const lower = Float64Array.from(gram.lower)
    for (let i = 0, at = 0; i < size; i++) for (let j = 0; j <= i; j++, at++) lower[at]! *= s[i]! * s[j]!
    return { ...gram, lower, diagonal: squared(gram.diagonal, s) }
  }
  const { data } = toDense(gram)
  const scaled = data.map((value, at) => value * (s[(at - (at % size)) / size]! * s[at % size]!))
  return { kind: 'dense', matrix: { rows: size, cols: size, data: scaled } }
}

function squared(diagonal: Float64Array, s: Float64Array): Float64Array {
  return diagonal.map((value, k) => value * (s[k]! * s[k]!))
}
