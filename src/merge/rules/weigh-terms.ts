import { scaleGram, toDense } from '../linear/gram.ts'
import { addInto, matmul, zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'
import type { Term } from './term.ts'

/** Both sums of a least squares: Σ wᵢ WᵢGᵢ (rows, size) and Σ wᵢ Gᵢ (size, size), in the order of the terms, which all have Grams. */
export interface WeighedTerms {
  readonly numerator: Matrix
  readonly denominator: Matrix
}

/** The sums, for rules that do more with them than to solve. @throws ShapeMismatchError - not for terms of admitted contributions */
export function weighTerms(terms: readonly Term[]): WeighedTerms {
  const { rows, cols } = terms[0]!.value
  const numerator = zeros(rows, cols)
  const denominator = zeros(cols, cols)
  for (const { value, gram, weight } of terms) {
    const weighted = toDense(scaleGram(gram!, weight))
    addInto(denominator, weighted)
    addInto(numerator, matmul(value, weighted))
  }
  return { numerator, denominator }
}
