import { MergeRankError } from '../errors.ts'
import { MAX_RANK } from '../constants.ts'
import { denseGram, scaleGram, toDense } from '../linear/gram.ts'
import { addInto, zeros } from '../linear/matrix.ts'
import { solveSymmetric, timesGram } from '../linear/symmetric-solve.ts'
import type { LoraSpec, Matrix, TargetModule } from '../types.ts'
import { closedForm } from './combine.ts'
import { factoredMean, factoredTerms } from './factored-mean.ts'
import type { Term } from './term.ts'

/** A sum of products B A, written as one product of factors next to each other: B (out, Σr), A (Σr, in). */
export interface StackedFactors {
  readonly b: Matrix
  readonly a: Matrix
}

/** One product B_t A_t, B (out, r_t), A (r_t, in), and what weighs it, as in a `Term`. */
export interface ProductTerm extends Omit<Term, 'value'> {
  readonly b: Matrix
  readonly a: Matrix
}

/**
 * The layer whose outputs are nearest to all terms' outputs on all terms' inputs, exactly and without ever forming it.
 *
 *   ΔW = (Σ_t B_tA_t w_tG_t)(Σ_t w_tG_t)⁻¹ = [B_1 … B_T] · [A_1 w_1G_1(ΣwG)⁻¹; … ; A_T w_TG_T(ΣwG)⁻¹]
 *
 * Shapes: ΔW (out, in); terms may differ in rank. Without Grams it is the weighted mean of the products.
 * The lower factor is itself a Gram-weighted mean: of every A_t in its own rows, with zeros in the others'.
 * Precision: float64. Order: that of the terms.
 * Cost: r·in² for each term, in³/6 + Σr·in² for the solve; of factored Grams as `factoredMean`.
 *
 * @see RegMean, arXiv:2212.09849; FLoRA (stacked factors), arXiv:2409.05976
 */
export function stackProducts(terms: readonly ProductTerm[], operand: string): StackedFactors {
  return { b: besides(terms.map(({ b }) => b)), a: lowerFactor(terms, operand) }
}

function lowerFactor(terms: readonly ProductTerm[], operand: string): Matrix {
  const kind = terms[0]!.gram?.kind
  if (kind === undefined) return closedForm(placed(terms), operand)
  const factored = kind === 'factored' ? factoredTerms(placed(terms)) : undefined
  return factored === undefined ? solveDensely(terms, operand) : factoredMean(factored, operand)
}

/** Every A_t in its own rows of (Σr, in), with zeros in the others'. */
function placed(terms: readonly ProductTerm[]): readonly Term[] {
  const rank = sum(terms.map(({ a }) => a.rows))
  let at = 0
  return terms.map(({ a, id, weight, count, gram }) => {
    const value = zeros(rank, a.cols)
    value.data.set(a.data, at)
    at += a.data.length
    return { id, weight, count, gram, value }
  })
}

/** The closed form of `placed`, bit for bit, without products of zeros: A_t w_tG_t is all that there is in the rows of t. */
function solveDensely(terms: readonly ProductTerm[], operand: string): Matrix {
  const { cols } = terms[0]!.a
  const numerator = zeros(sum(terms.map(({ a }) => a.rows)), cols)
  const denominator = zeros(cols, cols)
  let at = 0
  for (const { a, gram, weight } of terms) {
    const weighted = denseGram(toDense(scaleGram(gram!, weight)))
    addInto(denominator, weighted.matrix)
    numerator.data.set(timesGram(a, weighted).data, at)
    at += a.data.length
  }
  return solveSymmetric(denominator, numerator, operand)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/**
 * Of what the stack of that many factors is a state: rank grows with it, and alpha so that the scale stays.
 *
 * Standard scaling alpha/rank: alpha·n; 'rslora' alpha/√rank: alpha·√n.
 */
export function stackedSpec(adapter: LoraSpec, count: number): LoraSpec {
  const grown = adapter.scaling === 'rslora' ? Math.sqrt(count) : count
  return { ...adapter, trains: 'AB', rank: adapter.rank * count, alpha: adapter.alpha * grown }
}

export function stackFits(adapter: Pick<LoraSpec, 'rank'>, module: TargetModule, count: number): boolean {
  return adapter.rank * count <= widest(module)
}

function widest({ in: inputs, out }: TargetModule): number {
  return Math.min(inputs, out, MAX_RANK)
}

/** @throws MergeRankError - the stack has more directions than a module, or than an adapter may have */
export function assertStackFits(adapter: LoraSpec, module: TargetModule, count: number): void {
  if (!stackFits(adapter, module, count))
    throw new MergeRankError(module.name, count, adapter.rank, widest(module))
}

/** [B_1 … B_T]. */
function besides(blocks: readonly Matrix[]): Matrix {
  const { rows } = blocks[0]!
  const result = zeros(rows, sum(blocks.map(({ cols }) => cols)))
  let at = 0
  for (const { cols, data } of blocks) {
    for (let i = 0; i < rows; i++)
      result.data.set(data.subarray(i * cols, (i + 1) * cols), i * result.cols + at)
    at += cols
  }
  return result
}
