import { MergeSpecError } from '../errors.ts'
import { gramForm, gramName } from '../format/gram-tensors.ts'
import { headName } from '../format/contribution-tensors.ts'
import { denseGram, ridged } from '../linear/gram.ts'
import { packedLength, unpackSymmetric } from '../linear/packed-symmetric.ts'
import type { ContributionView, Matrix, MergeSpec, RavanSpec, TargetModule } from '../types.ts'
import { tensorwise, type AdapterRule } from './adapter-rule.ts'
import { diagonalBlock } from './joint-heads.ts'
import { trainedValue } from './trained-value.ts'

/**
 * Closed form for Ravan heads, one head at a time.
 *
 *   C_h = (Σᵢ C_ih wᵢΓ̃_ih)(Σᵢ wᵢΓ̃_ih)⁻¹      Γ̃ = Γ + ρ·tr(Γ)/r · I,  Γ_ih = A_h Gᵢ A_hᵀ,  C_ih = s_ih H_ih
 *
 * The sums go over those who have trained the head. Shapes: C, Γ (rank, rank). The heads decouple exactly because the frozen B has
 * orthonormal columns; A need not.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @see Ravan (multi-head LoRA, NeurIPS 2025) for the adapter; RegMean, arXiv:2212.09849, for the objective
 */
export const ravanRule: AdapterRule = tensorwise(
  assertFits,
  ({ adapter }, module) => headsOf(adapter as RavanSpec, module),
  (spec, module, tensor, { view, weight }) => ({
    id: view.id,
    count: view.header.count,
    weight,
    value: trainedValue(spec, module, tensor, view),
    gram: ridged(denseGram(headGram(spec, module, tensor, view)), spec.ridge),
  }),
)

function assertFits({ adapter, grams }: MergeSpec): void {
  if (adapter.kind !== 'ravan') {
    throw new MergeSpecError('rule', "ravan needs an adapter of kind 'ravan'", { adapter })
  }
  if (adapter.bases === 'normal') {
    const problem = "ravan merges head by head, which is exact for orthonormal bases only; take bases 'gram-schmidt' or the rule ravan-coupled" // prettier-ignore
    throw new MergeSpecError('rule', problem, { adapter })
  }
  if (grams !== undefined && grams.form !== 'projected' && grams.form !== 'joint') {
    throw new MergeSpecError('grams', 'ravan needs projected or joint Grams', { grams })
  }
}

function headsOf({ heads }: RavanSpec, { name }: TargetModule): string[] {
  return Array.from({ length: heads }, (_, head) => headName(name, head))
}

/** A_h G A_hᵀ: one row of a contribution's Grams, which are those of the heads that it holds, or a block of the joint Gram. */
function headGram(spec: MergeSpec, module: TargetModule, tensor: string, view: ContributionView): Matrix {
  const { heads, rank } = spec.adapter as RavanSpec
  const { data } = view.tensor(gramName(module.name))
  const all = headsOf(spec.adapter as RavanSpec, module)
  if (gramForm(spec)?.form === 'joint')
    return diagonalBlock(unpackSymmetric(data, heads * rank), rank, all.indexOf(tensor))
  const row = all.filter((head) => view.has(head)).indexOf(tensor)
  const length = packedLength(rank)
  return unpackSymmetric(data.subarray(row * length, (row + 1) * length), rank)
}
