import { MergeSpecError } from '../errors.ts'
import { MAX_RANK } from '../constants.ts'
import { headName } from '../format/contribution-tensors.ts'
import { tensorFromMatrix } from '../linear/matrix.ts'
import type { MergeSpec, RavanSpec } from '../types.ts'
import type { AdapterRule } from './adapter-rule.ts'
import { combine } from './combine.ts'
import { assertJoint, jointTerms } from './joint-heads.ts'

/**
 * Ravan heads merged into one core over all their directions, which may pair the input of one head with the output of another.
 *
 *   M = (Σᵢ Dᵢ wᵢΓ̃ᵢ)(Σᵢ wᵢΓ̃ᵢ)⁻¹      Dᵢ = blockdiag(C_i1 … C_iH),  Γᵢ = A Gᵢ Aᵀ,  Γ̃ = Γ + ρ·tr(Γ)/s · I,  wᵢ = γ^age
 *
 * Shapes: M, Dᵢ, Γ (s, s), s = heads·rank. Nearest of all rules to the sites' outputs; B, of full column rank, cancels.
 * The result is a state of the adapter with one head of rank s, whose frozen factors are the very same numbers; it holds `heads` times the
 * numbers of the charter's adapter, so training does not go on from it.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 */
export const ravanDenseRule: AdapterRule = {
  assertFits(spec): void {
    assertJoint(spec)
    const { heads, rank } = spec.adapter as RavanSpec
    if (heads * rank <= MAX_RANK) return
    const problem = `ravan-dense makes one head of rank ${heads * rank} of ${heads} heads of rank ${rank}: at most ${MAX_RANK}`
    throw new MergeSpecError('rule', problem, { heads, rank })
  },
  *merge(spec: MergeSpec, module, holders) {
    const name = headName(module.name, 0)
    yield [name, tensorFromMatrix(name, combine(spec, jointTerms(spec, module, holders), name))]
  },
  result(adapter) {
    const ravan = adapter as RavanSpec
    return { ...ravan, heads: 1, rank: ravan.heads * ravan.rank }
  },
}
