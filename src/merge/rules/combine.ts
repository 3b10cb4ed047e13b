import { robustMerge } from '../robust/robust-merge.ts'
import type { Matrix, MergeSpec } from '../types.ts'
import type { Estimator } from './estimator.ts'
import { gramWeightedMean } from './gram-weighted-mean.ts'
import type { Term } from './term.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Least squares over all sites' inputs, W = (Σ wᵢ Wᵢ Gᵢ)(Σ wᵢ Gᵢ)⁻¹; where no term has a Gram, Σ wᵢ Wᵢ / Σ wᵢ.
 *
 * @throws NotPositiveDefiniteError, ShapeMismatchError - not for admitted contributions
 */
export const closedForm: Estimator = (terms, operand) => {
  const { rows, cols } = terms[0]!.value
  if (terms[0]!.gram === undefined) {
    const mean = weightedMean(rows, cols)
    for (const { value, weight } of terms) mean.add(value, weight)
    return mean.solve()!
  }
  const mean = gramWeightedMean(rows, cols, operand)
  for (const { value, gram, weight } of terms) mean.add(value, gram!, weight)
  return mean.solve()
}

/** The merge of one matrix under the charter; `solve` is the rule's own least squares where it is not the plain one. */
export function combine(
  { robust }: MergeSpec,
  terms: readonly Term[],
  operand: string,
  solve: Estimator = closedForm,
): Matrix {
  return robust === undefined ? solve(terms, operand) : robustMerge(robust, terms, operand, solve)
}
