import { addInto, assertShape, matmul, zeros } from '../linear/matrix.ts'
import { solveSymmetric } from '../linear/ldlt-solve.ts'
import type { Matrix } from '../types.ts'

/** Sums of one merge: peers are added in canonical order, then solved once. */
export interface GramWeightedMean {
  /** Factor (rows, size), Gram (size, size) with its ridge already in it; weight scales the Gram. */
  add(factor: Matrix, gram: Matrix, weight?: number): void
  /** How many were added. */
  readonly terms: number
  solve(): Matrix
}

/**
 * The factor whose outputs are nearest to all peers' outputs, in least squares over all peers' inputs.
 *
 *   W = (Σᵢ Wᵢ gᵢG̃ᵢ)(Σᵢ gᵢG̃ᵢ)⁻¹     minimises  Σᵢ gᵢ ‖(W − Wᵢ) Xᵢᵀ‖²     with G̃ᵢ = XᵢᵀXᵢ + ridge
 *
 * Shapes: Wᵢ and W (rows, size), G̃ᵢ (size, size). Layer weights: RegMean; LoRA's B with S = A G Aᵀ: LoRM's B-step;
 * a Ravan core with A_h G A_hᵀ: its decoupled merge.
 * Precision: float64. Order: that of the calls to `add`.
 * Cost: rows·size² per peer, size³/6 + rows·size² for the solve.
 *
 * @throws ShapeMismatchError - a factor or Gram of another shape
 * @throws NotPositiveDefiniteError - at `solve`, with nothing added or an indefinite sum
 * @see RegMean arXiv:2212.09849; LoRM arXiv:2410.17961
 */
export function gramWeightedMean(rows: number, size: number, operand = 'sum of Grams'): GramWeightedMean {
  const numerator = zeros(rows, size)
  const denominator = zeros(size, size)
  let terms = 0
  return {
    add(factor, gram, weight = 1): void {
      assertShape(`factor under ${operand}`, factor, rows, size)
      assertShape(operand, gram, size, size)
      const scaled = weight === 1 ? gram : { ...gram, data: gram.data.map((value) => weight * value) }
      addInto(denominator, scaled)
      addInto(numerator, matmul(factor, scaled))
      terms++
    },
    get terms(): number {
      return terms
    },
    solve: () => solveSymmetric(denominator, numerator, operand),
  }
}
