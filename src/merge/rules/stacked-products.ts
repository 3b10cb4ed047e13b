import { MergeRankError } from '../errors.ts'
import { MAX_RANK } from '../constants.ts'
import { zeros } from '../linear/matrix.ts'
import type { LoraSpec, Matrix, TargetModule } from '../types.ts'
import { closedForm } from './combine.ts'
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
 * Cost: as one closed form with Σr rows.
 *
 * @see RegMean, arXiv:2212.09849; FLoRA (stacked factors), arXiv:2409.05976
 */
export function stackProducts(terms: readonly ProductTerm[], operand: string): StackedFactors {
  const rank = terms.reduce((sum, { a }) => sum + a.rows, 0)
  let at = 0
  const placed = terms.map(({ a, id, weight, count, gram }) => {
    const value = zeros(rank, a.cols)
    value.data.set(a.data, at * a.cols)
    at += a.rows
    return { id, weight, count, gram, value }
  })
  return { b: besides(terms.map(({ b }) => b)), a: closedForm(placed, operand) }
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

/** @throws MergeRankError - the stack has more directions than a module, or than an adapter may have */
export function assertStackFits(
  { rank }: LoraSpec,
  { name, in: inputs, out }: TargetModule,
  count: number,
): void {
  const most = Math.min(inputs, out, MAX_RANK)
  if (rank * count > most) throw new MergeRankError(name, count, rank, most)
}

/** [B_1 … B_T]. */
function besides(blocks: readonly Matrix[]): Matrix {
  const { rows } = blocks[0]!
  const result = zeros(
    rows,
    blocks.reduce((sum, { cols }) => sum + cols, 0),
  )
  let at = 0
  for (const { cols, data } of blocks) {
    for (let i = 0; i < rows; i++)
      result.data.set(data.subarray(i * cols, (i + 1) * cols), i * result.cols + at)
    at += cols
  }
  return result
}
