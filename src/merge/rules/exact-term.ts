import { packedLength, packSymmetric } from '../linear/packed-symmetric.ts'
import { scaleGram, toDense, type Gram } from '../linear/gram.ts'
import { timesGram } from '../linear/symmetric-solve.ts'
import type { Term } from './term.ts'

/**
 * How a denominator is kept: the sum of the weights, the diagonals of the Grams, or their lower triangles by rows. All terms of one
 * matrix have the same.
 */
export type DenominatorForm = 'weights' | 'diagonal' | 'packed'

/** What one term adds to both sums of a least squares. */
export interface ExactTerm {
  /** w·W·G̃ (rows·size) */
  readonly numerator: Float64Array
  /** w, w·diag(G̃) (size), or w·G̃ packed */
  readonly denominator: Float64Array
}

export function denominatorForm(gram: Gram | undefined): DenominatorForm {
  if (gram === undefined) return 'weights'
  return gram.kind === 'factored' && gram.values.length === 0 ? 'diagonal' : 'packed'
}

export function denominatorLength(form: DenominatorForm, size: number): number {
  return { weights: 1, diagonal: size, packed: packedLength(size) }[form]
}

/** A function of the term alone: each entry is rounded as in the ordered sums, before it is added to anything. */
export function exactTerm({ value, gram, weight }: Term): ExactTerm {
  if (gram === undefined) {
    return { numerator: value.data.map((entry) => weight * entry), denominator: Float64Array.of(weight) }
  }
  const weighted = scaleGram(gram, weight)
  if (weighted.kind === 'factored' && weighted.values.length === 0) {
    const { diagonal } = weighted
    const numerator = value.data.map((entry, at) => entry * diagonal[at % value.cols]!)
    return { numerator, denominator: diagonal }
  }
  return { numerator: timesGram(value, weighted).data, denominator: lowerTriangle(weighted) }
}

function lowerTriangle(gram: Gram): Float64Array {
  if (gram.kind !== 'packed') return packSymmetric(toDense(gram))
  const lower = new Float64Array(gram.lower)
  gram.diagonal.forEach((entry, i) => (lower[packedLength(i + 1) - 1] = entry))
  return lower
}
