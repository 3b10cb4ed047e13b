import { exactSum } from '../linear/exact-sum.ts'
import { unpackSymmetric } from '../linear/packed-symmetric.ts'
import { solveSymmetric } from '../linear/symmetric-solve.ts'
import type { Matrix } from '../types.ts'
import { denominatorForm, denominatorLength, exactTerm, type DenominatorForm } from './exact-term.ts'
import type { Term } from './term.ts'

/** Both sums of a least squares, to which terms come and from which they go without a trace. */
export interface ExactMean {
  /** All terms have the same shape and form of Gram. */
  add(term: Term): void
  /** Takes off a term that has been added before. */
  remove(term: Term): void
  /** Leaves the sums as they are. */
  solve(): Matrix
  /** What the sums occupy. */
  readonly bytes: number
}

/**
 * The closed form of `combine` on exact sums.
 *
 *   W = (Σᵢ wᵢWᵢG̃ᵢ)(Σᵢ wᵢG̃ᵢ)⁻¹;  diagonal Grams: column by column;  no Grams: Σᵢ wᵢWᵢ / Σᵢ wᵢ
 *
 * Shapes: Wᵢ and W (rows, size), G̃ᵢ (size, size). `first` is any of the terms, whose shape and form all others have.
 * Precision: each wᵢWᵢG̃ᵢ and wᵢG̃ᵢ in float64, their sums exact and rounded to float64 once; the solve in float64.
 * Order: none; the result is a function of the set of terms.
 * Cost: per term rows·size² products and about ten steps an entry of both sums; rounding and solve once.
 * Memory: 8 bytes an entry of W and of G's lower triangle for each limb that occurs, three to five mostly.
 *
 * @throws ExactSumError - a term beyond 2¹⁷⁹, or more than MAX_EXACT_TERMS of them
 * @throws NotPositiveDefiniteError, ShapeMismatchError - not for admitted contributions
 */
export function exactMean(first: Term, operand: string): ExactMean {
  const { rows, cols } = first.value
  const form = denominatorForm(first.gram)
  const numerator = exactSum(rows * cols, `numerator of ${operand}`)
  const denominator = exactSum(denominatorLength(form, cols), `denominator of ${operand}`)
  return {
    add(term): void {
      const parts = exactTerm(term)
      numerator.add(parts.numerator)
      denominator.add(parts.denominator)
    },
    remove(term): void {
      const parts = exactTerm(term)
      numerator.remove(parts.numerator)
      denominator.remove(parts.denominator)
    },
    solve: () => solveSums({ rows, cols, data: numerator.value() }, denominator.value(), form, operand),
    get bytes(): number {
      return numerator.bytes + denominator.bytes
    },
  }
}

function solveSums(
  numerator: Matrix,
  denominator: Float64Array,
  form: DenominatorForm,
  operand: string,
): Matrix {
  const { cols, data } = numerator
  if (form === 'packed') return solveSymmetric(unpackSymmetric(denominator, cols), numerator, operand)
  const period = denominator.length
  return { ...numerator, data: data.map((entry, at) => entry / denominator[at % period]!) }
}

/** The closed form of all terms together; at least one. */
export function exactly(terms: readonly Term[], operand: string): Matrix {
  const mean = exactMean(terms[0]!, operand)
  for (const term of terms) mean.add(term)
  return mean.solve()
}
