import { ridged, type Gram } from '../linear/gram.ts'
import type { Matrix } from '../types.ts'
import { canonicalOrder } from '../units/canonical-order.ts'
import { stackProducts, type StackedFactors } from './stacked-products.ts'

/** What one finished task leaves of a module: its merged factors, and the sum of all sites' Grams of the module's inputs. */
export interface TaskFactors {
  /** Tasks are summed by ascending id. */
  readonly id: string
  /** (out, r) */
  readonly b: Matrix
  /** (r, in) */
  readonly a: Matrix
  /** (in, in), without ridge */
  readonly gram: Gram
}

/**
 * LoRM's merge of tasks whose factors were all drawn anew: the residual nearest to every task's own on that task's inputs.
 *
 *   ΔW* = (Σ_t B_tA_t G̃_t)(Σ_t G̃_t)⁻¹      G̃ = G + ρ·tr(G)/in · I      as [B_1 … B_T] (out, Σr) and its rows of A (Σr, in)
 *
 * Where all tasks share one frozen factor, the rule `lorm` over all tasks' contributions gives the same with the rank of one.
 * Departs from the paper: a ridge per task instead of a pseudo-inverse, so that directions without data get the mean instead of zero.
 * Precision: float64. Order: ascending id.
 *
 * @throws NotPositiveDefiniteError - no ridge, and directions that no task has data in
 * @see LoRM, arXiv:2410.17961
 */
export function mergeTasks(tasks: readonly TaskFactors[], ridge: number): StackedFactors {
  const terms = canonicalOrder(tasks).map(({ gram, ...task }) => ({ ...task, weight: 1, count: 1, gram: ridged(gram, ridge) })) // prettier-ignore
  return stackProducts(terms, 'Grams of tasks')
}
