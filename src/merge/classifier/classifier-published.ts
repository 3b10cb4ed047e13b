import { denseGram } from '../linear/gram.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import { combine } from '../rules/combine.ts'
import { shrink } from '../rules/ridge.ts'
import type { Classifier, Matrix, MergeSpec } from '../types.ts'
import { classifierGram, featureGram } from './classifier-gram.ts'
import { classifierTerms, joined, keepRows, splitIntercept, withoutIntercept } from './classifier-rows.ts'

/**
 * All rows by all sites' Grams, as LoRM merges its head.
 *
 *   W = (Σᵢ gᵢ WᵢG̃ᵢ)(Σᵢ gᵢ G̃ᵢ)⁻¹      b = Σᵢ gᵢnᵢ bᵢ / Σᵢ gᵢnᵢ      G̃ = (α·G off the diagonal, G_jj + ρ·tr(G)/d on it)
 *
 * Shapes: W (classes, d), b (classes), G = XᵀX (d, d), not divided by a count; gᵢ = γ^age. Rows that all say alike to the bit come back as
 * they are; of the others those of a class that nobody holds keep the start value, zero.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id. Cost: d³/6 + classes·d² for the solve.
 * Departs from the paper: ridge per site; the charter's `robust` limits what each site can do to it.
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
  const weight = combine(
    spec,
    terms.map(({ view, weight, rows }) => ({
      id: view.id,
      count: view.header.count,
      weight,
      value: withoutIntercept(rows),
      gram: denseGram(shrink(featureGram(classifierGram(view, features)), alpha, ridge)),
    })),
    'classifier/gram',
  )
  const bias = combine(
    spec,
    terms.map(({ view: { id, header }, weight, rows }) => {
      return {
        id,
        count: header.count,
        weight: weight * header.count,
        value: intercepts(rows),
        gram: undefined,
      }
    }),
    'classifier/bias',
  )
  return splitIntercept(keepRows(joined(weight, bias), terms))
}

/** b as a column. */
function intercepts({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols: 1, data: Float64Array.from({ length: rows }, (_, c) => data[(c + 1) * cols - 1]!) }
}
