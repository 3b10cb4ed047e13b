import { denseGram } from '../linear/gram.ts'
import { trace, zeros } from '../linear/matrix.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import { combine } from '../rules/combine.ts'
import { shrink } from '../rules/ridge.ts'
import type { Term } from '../rules/term.ts'
import type { Classifier, Matrix, MergeSpec } from '../types.ts'
import { classifierGram, featureGram } from './classifier-gram.ts'
import { agreedRow, classifierTerms, rowOf, splitIntercept, type ClassifierTerm } from './classifier-rows.ts'

/**
 * Each class's row is the one whose outputs are nearest to those of the sites that hold the class, in proportion to their samples of it.
 *
 *   w_c = (Σᵢ gᵢn_ic w_ic Ĝᵢ)(Σᵢ gᵢn_ic Ĝᵢ)⁻¹      b_c = Σᵢ gᵢn_ic b_ic / Σᵢ gᵢn_ic
 *   Ĝ = (α·G off the diagonal, G_jj + ρ·tr(G)/d on it) / tr(G),  G = XᵀX of the classifier's inputs,  gᵢ = γ^age
 *
 * Shapes, for d features: w, b (1, d), (1); G (d, d). Those who lack the class say nothing of it: all they know is what it is not.
 * A class that nobody holds keeps what all say alike to the bit, else its start value, zero.
 * The charter's `robust` compares the holders of one class with each other.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 * Cost: a solve of d³/6 for every class that somebody holds.
 *
 * @throws NotPositiveDefiniteError - not for admitted contributions
 * @see RegMean, arXiv:2212.09849, for shrunk Grams; holders, counts and traces are this project's own
 */
export function classifierByHolders(
  spec: MergeSpec,
  contributions: readonly WeightedContribution[],
  alpha: number,
): Classifier {
  const terms = classifierTerms(spec, contributions)
  const shrunk = terms.map((term) => shrunkGram(spec, term, alpha))
  const result = zeros(spec.classes.length, spec.features + 1)
  for (let c = 0; c < spec.classes.length; c++) {
    const holders = terms.flatMap((term, i) => holderOf(term, shrunk[i]!, c))
    const row = holders.length > 0 ? holdersRow(spec, holders, c) : agreedRow(terms, c)
    if (row !== undefined) result.data.set(row, c * result.cols)
  }
  return splitIntercept(result)
}

interface ShrunkGram {
  readonly trace: number
  readonly matrix: Matrix
}

function shrunkGram({ features, ridge }: MergeSpec, { view }: ClassifierTerm, alpha: number): ShrunkGram {
  const gram = featureGram(classifierGram(view, features))
  return { trace: trace(gram), matrix: shrink(gram, alpha, ridge) }
}

interface Holder {
  readonly row: Term
  readonly bias: Term
}

/** What a contribution says of class c; nothing where it holds none of it. */
function holderOf(
  { view, weight, rows }: ClassifierTerm,
  { trace, matrix }: ShrunkGram,
  c: number,
): readonly Holder[] {
  const samples = weight * view.header.classCounts[c]!
  if (samples === 0) return []
  const row = rowOf(rows, c)
  const said = (from: number, to: number): Matrix => ({
    rows: 1,
    cols: to - from,
    data: row.subarray(from, to),
  })
  const { cols } = matrix
  const { id } = view
  const { count } = view.header
  return [
    {
      row: { id, count, weight: samples / trace, value: said(0, cols), gram: denseGram(matrix) },
      bias: { id, count, weight: samples, value: said(cols, cols + 1), gram: undefined },
    },
  ]
}

function holdersRow(spec: MergeSpec, holders: readonly Holder[], c: number): Float64Array {
  const row = combine(spec, holders.map((holder) => holder.row), `classifier/gram of class ${c}`) // prettier-ignore
  const bias = combine(spec, holders.map((holder) => holder.bias), `bias of class ${c}`) // prettier-ignore
  return Float64Array.of(...row.data, ...bias.data)
}
