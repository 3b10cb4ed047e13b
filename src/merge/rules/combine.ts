import type { Matrix, MergeSpec } from '../types.ts'
import type { Estimator } from './estimator.ts'
import { exactly } from './exact-mean.ts'
import { factoredMean, factoredTerms } from './factored-mean.ts'
import { gramWeightedMean } from './gram-weighted-mean.ts'
import type { Term } from './term.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Least squares over all sites' inputs, W = (Σ wᵢ Wᵢ Gᵢ)(Σ wᵢ Gᵢ)⁻¹; where no term has a Gram, Σ wᵢ Wᵢ / Σ wᵢ. Where all Grams are
 * factored into few vectors, no matrix of their size is formed.
 *
 * @throws NotPositiveDefiniteError, ShapeMismatchError - not for admitted contributions
 */
export const closedForm: Estimator = (terms, operand) => {
  const [{ value, gram: first }] = terms as readonly [Term, ...Term[]]
  const { rows, cols } = value
  if (first === undefined) {
    const mean = weightedMean(rows, cols)
    for (const { value, weight } of terms) mean.add(value, weight)
    return mean.solve()!
  }
  const factored = first.kind === 'factored' ? factoredTerms(terms) : undefined
  if (factored !== undefined) return factoredMean(factored, operand)
  const mean = gramWeightedMean(rows, cols, operand)
  terms.forEach((term, i) => mean.add(term.value, i === 0 ? first : term.gram!, term.weight))
  return mean.solve()
}

/** The merge of one matrix under the charter; `solve` is the rule's own least squares where it is not the plain one. */
export function combine(
  spec: MergeSpec,
  terms: readonly Term[],
  operand: string,
  solve: Estimator = spec.sums === 'exact' ? exactly : closedForm,
): Matrix {
  return solve(terms, operand)
}
