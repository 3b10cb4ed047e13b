import { denseGram } from '../linear/gram.ts'
import { zeros } from '../linear/matrix.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import { closedForm } from '../rules/combine.ts'
import { shrink } from '../rules/ridge.ts'
import { weightedMean } from '../rules/weighted-mean.ts'
import type { Classifier, Matrix, MergeSpec } from '../types.ts'
import { classifierGram, featureGram } from './classifier-gram.ts'
import { classifierTerms, keepRows, rowOf, splitIntercept, withoutIntercept } from './classifier-rows.ts'

/**
 * All rows by all sites' Grams, as LoRM merges its head.
 *
 *   W = (Σᵢ gᵢ WᵢG̃ᵢ)(Σᵢ gᵢ G̃ᵢ)⁻¹      b = Σᵢ gᵢnᵢ bᵢ / Σᵢ gᵢnᵢ      G̃ = (α·G off the diagonal, G_jj + ρ·tr(G)/d on it)
 *
 * Shapes: W (classes, d), b (classes), G = XᵀX (d, d), not divided by a count; gᵢ = γ^age. Rows that all say alike to the bit come back as
 * they are; of the others those of a class that nobody holds keep the start value, zero.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id. Cost: d³/6 + classes·d² for the solve.
 * Departs from the paper: ridge per site.
 *
 * @throws NotPositiveDefiniteError - not for admitted contributions
 * @see LoRM, arXiv:2410.17961
 */
export function classifierAsPublished(
  spec: MergeSpec,
  contributions: readonly WeightedContribution[],
  alpha: number,
): Classifier {
  const { features, ridge } = spec
  const terms = classifierTerms(spec, contributions)
  const weight = closedForm(
    terms.map(({ view, weight, rows }) => ({
      id: view.id,
      count: view.header.count,
      weight,
      value: withoutIntercept(rows),
      gram: denseGram(shrink(featureGram(classifierGram(view, features)), alpha, ridge)),
    })),
    'classifier/gram',
  )
  const mean = weightedMean(spec.classes.length, features + 1)
  for (const { view, weight, rows } of terms) mean.add(rows, weight * view.header.count)
  return splitIntercept(keepRows(withWeights(mean.solve()!, weight), terms))
}

/** [W | b] with another W. */
function withWeights(rows: Matrix, weight: Matrix): Matrix {
  const result = zeros(rows.rows, rows.cols)
  result.data.set(rows.data)
  for (let c = 0; c < rows.rows; c++) result.data.set(rowOf(weight, c), c * rows.cols)
  return result
}
