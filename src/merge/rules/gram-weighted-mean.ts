import { denseGram, gramSize, scaleGram, toDense, type Gram } from '../linear/gram.ts'
import { largeSystem, type LargeSystem } from '../linear/large/large-system.ts'
import { addInto, assertShape, matmul, zeros } from '../linear/matrix.ts'
import { LARGE_FROM, rowGram, solveSymmetric } from '../linear/symmetric-solve.ts'
import { ShapeMismatchError } from '../../errors.ts'
import type { Matrix } from '../types.ts'

/** Sums of one merge: peers are added in canonical order, then solved once. */
export interface GramWeightedMean {
  /** Factor (rows, size), Gram (size, size) with its ridge already in it; weight scales the Gram. */
  add(factor: Matrix, gram: Gram, weight?: number): void
  /** Ends the sums. */
  solve(): Matrix
}

/**
 * The factor whose outputs are nearest to all peers' outputs, in least squares over all peers' inputs.
 *
 *   W = (Σᵢ Wᵢ gᵢG̃ᵢ)(Σᵢ gᵢG̃ᵢ)⁻¹     minimises  Σᵢ gᵢ ‖(W − Wᵢ) Xᵢᵀ‖²     with G̃ᵢ = XᵢᵀXᵢ + ridge
 *
 * Shapes: Wᵢ and W (rows, size), G̃ᵢ (size, size). Layer weights: RegMean; LoRA's B with S = A G Aᵀ: LoRM's B-step;
 * a Ravan core with A_h G A_hᵀ: its decoupled merge.
 * Precision: float64. Order: that of the calls to `add`; the same bits in WebAssembly, from LARGE_FROM on, as in TypeScript.
 * Cost: rows·size² per peer, size³/6 + rows·size² for the solve; 8·size² bytes for the sum.
 *
 * @throws ShapeMismatchError - a factor or Gram of another shape
 * @throws NotPositiveDefiniteError - at `solve`, with nothing added or an indefinite sum
 * @see RegMean arXiv:2212.09849; LoRM arXiv:2410.17961
 */
export function gramWeightedMean(rows: number, size: number, operand = 'sum of Grams'): GramWeightedMean {
  const system = size < LARGE_FROM ? undefined : largeSystem(rows, size)
  const sums = system === undefined ? plainSums(rows, size, operand) : largeSums(system, operand)
  return {
    add(factor, gram, weight = 1): void {
      assertShape(`factor under ${operand}`, factor, rows, size)
      if (gramSize(gram) !== size) throw new ShapeMismatchError(operand, [size, size], [gramSize(gram), gramSize(gram)]) // prettier-ignore
      sums.add(factor, gram, weight)
    },
    solve: () => sums.solve(),
  }
}

function plainSums(rows: number, size: number, operand: string): GramWeightedMean {
  const numerator = zeros(rows, size)
  const denominator = zeros(size, size)
  return {
    add(factor, gram, weight = 1): void {
      const scaled = toDense(scaleGram(denseGram(toDense(gram)), weight))
      addInto(denominator, scaled)
      addInto(numerator, matmul(factor, scaled))
    },
    solve: () => solveSymmetric(denominator, numerator, operand),
  }
}

function largeSums(system: LargeSystem, operand: string): GramWeightedMean {
  return {
    add: (factor, gram, weight = 1) => system.add(factor, rowGram(gram), weight),
    solve(): Matrix {
      try {
        system.factor(operand)
        return system.solve()
      } finally {
        system.close()
      }
    },
  }
}
