import { ldlt, type Ldlt } from '../linear/ldlt.ts'
import { ldltSolve } from '../linear/ldlt-solve.ts'
import { matmul, transpose, zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'
import { diagonalBlock } from './joint-heads.ts'

/**
 * The linear map of the coupled heads, on block diagonal matrices M = blockdiag(H_1 … H_H).
 *
 *   apply         (Q M Γ)_aa = Σ_g Q_ag H_g Γ_ga              symmetric, positive definite where Q and Γ are
 *   precondition  Q_aa⁻¹ R_a Γ_aa⁻¹                           its inverse where Q is block diagonal
 *
 * Shapes: Q, Γ (s, s), s = heads·rank; M as its blocks one below the other, (s, rank). Order: sums by ascending index.
 * Cost: 2·s²·rank products for either.
 */
export interface CoupledSystem {
  apply(blocks: Matrix): Matrix
  precondition(blocks: Matrix): Matrix
}

/** @throws NotPositiveDefiniteError - a diagonal block of Q or Γ is not positive definite */
export function coupledSystem(q: Matrix, gamma: Matrix, rank: number, operand: string): CoupledSystem {
  const heads = q.rows / rank
  const factor = (matrix: Matrix): readonly Ldlt[] =>
    Array.from({ length: heads }, (_, a) => ldlt(diagonalBlock(matrix, rank, a), operand))
  const [left, right] = [factor(q), factor(gamma)]
  return {
    apply: (blocks) => diagonalOfProduct(q, timesRows(blocks, gamma, rank), rank),
    precondition: (blocks) =>
      mapBlocks(blocks, rank, (block, a) => {
        const half = ldltSolve(right[a]!, block)
        return transpose(ldltSolve(left[a]!, transpose(half)))
      }),
  }
}

/** M Γ for M of diagonal blocks: block a times the rows a of Γ. */
function timesRows(blocks: Matrix, gamma: Matrix, rank: number): Matrix {
  const result = zeros(gamma.rows, gamma.cols)
  for (let a = 0; a < gamma.rows; a += rank) {
    const rows = gamma.data.subarray(a * gamma.cols, (a + rank) * gamma.cols)
    const block = blocks.data.subarray(a * rank, (a + rank) * rank)
    const product = matmul(
      { rows: rank, cols: rank, data: block },
      { rows: rank, cols: gamma.cols, data: rows },
    )
    result.data.set(product.data, a * gamma.cols)
  }
  return result
}

/** The diagonal blocks of Q N, one below the other: (s, rank). */
export function diagonalOfProduct(q: Matrix, n: Matrix, rank: number): Matrix {
  const size = q.rows
  const result = zeros(size, rank)
  for (let i = 0; i < size; i++) {
    const first = i - (i % rank)
    for (let k = 0; k < size; k++) {
      const factor = q.data[i * size + k]!
      for (let j = 0; j < rank; j++) result.data[i * rank + j]! += factor * n.data[k * size + first + j]!
    }
  }
  return result
}

/** Every block of (s, rank) by itself. */
export function mapBlocks(
  { rows, data }: Matrix,
  rank: number,
  change: (block: Matrix, index: number) => Matrix,
): Matrix {
  const result = zeros(rows, rank)
  for (let start = 0; start < rows; start += rank) {
    const block = { rows: rank, cols: rank, data: data.slice(start * rank, (start + rank) * rank) }
    result.data.set(change(block, start / rank).data, start * rank)
  }
  return result
}
