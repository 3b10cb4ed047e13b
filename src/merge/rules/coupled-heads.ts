import { ldlt } from '../linear/ldlt.ts'
import { ldltSolve } from '../linear/ldlt-solve.ts'
import type { Matrix } from '../types.ts'
import { solveCoupledDirectly } from './coupled-direct.ts'
import { conjugateGradients } from './coupled-gradients.ts'
import { coupledSystem, diagonalOfProduct, mapBlocks } from './coupled-system.ts'
import type { Estimator } from './estimator.ts'
import { blockDiagonal, diagonalBlock } from './joint-heads.ts'
import { weighTerms } from './weigh-terms.ts'

/** Entries of all heads up to which one dense solve is no slower than conjugate gradients: 64 take 0.1 ms against 0.2, 256 1.5 against 0.9. */
export const DIRECT_UP_TO = 128

/**
 * The heads whose sum of outputs is nearest to all sites' outputs, whatever the bases.
 *
 *   minimises  Σᵢ wᵢ tr((M − Dᵢ)ᵀ Q (M − Dᵢ) Γᵢ)  over  M = blockdiag(H_1 … H_H)
 *   so that    Σ_g Q_ag H_g Γ_ga = (Q Σᵢ Dᵢ wᵢΓᵢ)_aa  for every head a,  Γ = Σᵢ wᵢΓᵢ
 *
 * Shapes: Q = BᵀB, Γᵢ, Dᵢ and the result (s, s), s = heads·rank, with `rank` rows and columns a head.
 * Requires: Q and every Γᵢ positive definite; equal Dᵢ then stay as they are.
 * Precision: float64; up to DIRECT_UP_TO entries one LDLᵀ, beyond it conjugate gradients to a relative residual of 1e-13.
 * Order: that of the terms; then fixed, as each solver says.
 *
 * @throws NotPositiveDefiniteError - Q or the sum of Γᵢ is not
 * @see Ravan (multi-head LoRA, NeurIPS 2025) for the adapter; RegMean, arXiv:2212.09849, for the objective
 */
export function coupledHeads(q: Matrix, rank: number): Estimator {
  return (terms, operand) => {
    const { numerator, denominator } = weighTerms(terms)
    const right = diagonalOfProduct(q, numerator, rank)
    const blocks =
      right.data.length <= DIRECT_UP_TO
        ? solveCoupledDirectly(q, denominator, right, operand)
        : iterate(q, denominator, right, decoupled(numerator, denominator, rank, operand), operand)
    return blockDiagonal(toBlocks(blocks))
  }
}

function iterate(q: Matrix, gamma: Matrix, right: Matrix, start: Matrix, operand: string): Matrix {
  return conjugateGradients(coupledSystem(q, gamma, right.cols, operand), right, start)
}

/** Every head by itself, exact where Q is block diagonal: where the iteration starts. */
function decoupled(numerator: Matrix, denominator: Matrix, rank: number, operand: string): Matrix {
  const shape = { rows: numerator.rows, cols: rank, data: new Float64Array(numerator.rows * rank) }
  return mapBlocks(shape, rank, (_, head) =>
    ldltSolve(ldlt(diagonalBlock(denominator, rank, head), operand), diagonalBlock(numerator, rank, head)),
  )
}

function toBlocks({ rows, cols: rank, data }: Matrix): readonly Matrix[] {
  return Array.from({ length: rows / rank }, (_, head) => ({
    rows: rank,
    cols: rank,
    data: data.subarray(head * rank * rank, (head + 1) * rank * rank),
  }))
}
