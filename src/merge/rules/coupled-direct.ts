import { solveSymmetric } from '../linear/symmetric-solve.ts'
import { zeros } from '../linear/matrix.ts'
import type { Matrix } from '../types.ts'

/**
 * The coupled heads by one dense solve over all their entries.
 *
 *   Σ_g Σ_kl Q_(ai)(gk) Γ_(gl)(aj) H_g,kl = R_a,ij
 *
 * Shapes: Q, Γ (s, s), R and the result (s, rank), s = heads·rank; the system is (s·rank, s·rank).
 * Cost: (s·rank)³/6 for the solve, 8·(s·rank)² bytes.
 *
 * @throws NotPositiveDefiniteError - Q or Γ is not positive definite
 */
export function solveCoupledDirectly(q: Matrix, gamma: Matrix, right: Matrix, operand: string): Matrix {
  const { rows: size, cols: rank } = right
  const unknowns = size * rank
  const system = zeros(unknowns, unknowns)
  for (let row = 0; row < unknowns; row++) {
    const i = Math.floor(row / rank)
    const j = i - (i % rank) + (row % rank)
    for (let column = 0; column < unknowns; column++) {
      const k = Math.floor(column / rank)
      const l = k - (k % rank) + (column % rank)
      system.data[row * unknowns + column] = q.data[i * size + k]! * gamma.data[l * size + j]!
    }
  }
  const solution = solveSymmetric(system, { rows: 1, cols: unknowns, data: right.data }, operand)
  return { rows: size, cols: rank, data: solution.data }
}
