import { frozenName } from '../adapters/frozen-factors.ts'
import { keptFactors } from '../adapters/kept-factors.ts'
import { denseGram, ridged, toDense } from '../linear/gram.ts'
import { matmul, matrixFromTensor, tensorFromMatrix, transpose } from '../linear/matrix.ts'
import type { Matrix, MergeSpec, RavanSpec, TargetModule } from '../types.ts'
import type { AdapterRule } from './adapter-rule.ts'
import { combine } from './combine.ts'
import { coupledHeads } from './coupled-heads.ts'
import { assertJoint, diagonalBlock, headNames, jointTerms } from './joint-heads.ts'

/**
 * Closed form for Ravan heads under any bases, all heads of a module at once.
 *
 *   minimises  Σᵢ wᵢ tr((M − Dᵢ)ᵀ Q̃ (M − Dᵢ) Γ̃ᵢ)  over  M = blockdiag(C_1 … C_H)
 *   Γᵢ = A Gᵢ Aᵀ,  Γ̃ = Γ + ρ·tr(Γ)/s · I,  Q = BᵀB,  Q̃ = Q + ρ·tr(Q)/s · I,  wᵢ = γ^age
 *
 * Shapes: Γ, Q (s, s), s = heads·rank; C (rank, rank). Q's ridge, too, is in both sums, so that equal heads stay as they are; it counts
 * where columns of B nearly depend on each other. Under orthonormal bases it is the rule `ravan`.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id; see coupled-heads.ts.
 */
export const ravanCoupledRule: AdapterRule = {
  assertFits: assertJoint,
  *merge(spec, module, holders) {
    const { rank } = spec.adapter as RavanSpec
    const solve = coupledHeads(outputGram(spec, module), rank)
    const merged = combine(spec, jointTerms(spec, module, holders), `heads of ${module.name}`, solve)
    for (const [head, name] of headNames(spec, module).entries()) {
      yield [name, tensorFromMatrix(name, diagonalBlock(merged, rank, head))]
    }
  },
}

/** BᵀB with its ridge. */
function outputGram({ adapter, ridge }: MergeSpec, module: TargetModule): Matrix {
  const { heads, rank } = adapter as RavanSpec
  const name = frozenName(module.name, 'B')
  const b = matrixFromTensor(name, keptFactors(adapter, module).get(name)!, module.out, heads * rank)
  return toDense(ridged(denseGram(matmul(transpose(b), b)), ridge))
}
