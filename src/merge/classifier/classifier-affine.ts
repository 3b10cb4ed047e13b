import { addToDiagonal, denseGram } from '../linear/gram.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import { combine } from '../rules/combine.ts'
import type { Classifier, MergeSpec } from '../types.ts'
import { classifierGram, featureRidge } from './classifier-gram.ts'
import { classifierTerms, keepRows, splitIntercept } from './classifier-rows.ts'

/**
 * Rows and biases together: the output layer nearest to all sites' on all sites' inputs.
 *
 *   [W | b] = (Σᵢ gᵢ [Wᵢ | bᵢ]G̃ᵢ)(Σᵢ gᵢ G̃ᵢ)⁻¹      G = [x;1]ᵀ[x;1],  G̃ = G + ρ·tr(XᵀX)/d · I,  gᵢ = γ^age
 *
 * Shapes: [W | b] (classes, d + 1), G (d + 1, d + 1). Exact where a mean of the biases beside RegMean's W is not. Rows that all say alike to
 * the bit come back as they are; of the others those of a class that nobody holds keep the start value, zero.
 * The charter's `robust` limits what each site can do to it.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id. Cost: (d+1)³/6 + classes·(d+1)² for the solve.
 *
 * @throws NotPositiveDefiniteError - not for admitted contributions
 * @see RegMean, arXiv:2212.09849, on inputs with a one behind them
 */
export function classifierAffine(
  spec: MergeSpec,
  contributions: readonly WeightedContribution[],
): Classifier {
  const terms = classifierTerms(spec, contributions)
  const merged = combine(
    spec,
    terms.map(({ view, weight, rows }) => {
      const gram = classifierGram(view, spec.features)
      const ridged = addToDiagonal(denseGram(gram), featureRidge(gram, spec.ridge))
      return { id: view.id, count: view.header.count, weight, value: rows, gram: ridged }
    }),
    'classifier/gram',
  )
  return splitIntercept(keepRows(merged, terms))
}
