import { MergeSpecError } from '../errors.ts'
import { loraAName, loraBName } from '../format/contribution-tensors.ts'
import { ridged } from '../linear/gram.ts'
import { tensorFromMatrix } from '../linear/matrix.ts'
import type { LoraSpec, MergeSpec } from '../types.ts'
import type { AdapterRule } from './adapter-rule.ts'
import { readGram } from './read-gram.ts'
import { assertStackFits, stackedSpec, stackProducts } from './stacked-products.ts'
import { trainedValue } from './trained-value.ts'

/**
 * RegMean of what adapters do, for lora that trains A and B: exact, as factors next to each other.
 *
 *   ΔW = (Σᵢ BᵢAᵢ wᵢG̃ᵢ)(Σᵢ wᵢG̃ᵢ)⁻¹      Gᵢ = XᵢᵀXᵢ,  G̃ = G + ρ·tr(G)/in · I,  wᵢ = γ^age
 *   lora_B = [B_1 … B_K] (out, K·r)       lora_A = rows Aᵢ wᵢG̃ᵢ(Σ wG̃)⁻¹ (K·r, in)
 *
 * The result is a state of lora of rank K·r, alpha grown so that the scale stays; training does not go on from it. Where K·r exceeds
 * min(in, out) of a module or MAX_RANK, the merge is refused by name.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @throws MergeRankError - too many contributions for their rank
 * @see RegMean, Jin et al., arXiv:2212.09849; on the residual instead of the whole weight, as LoRM does across tasks
 */
export const regmeanRule: AdapterRule = {
  isUnlimited: true,
  assertFits({ adapter, grams }): void {
    if (adapter.kind !== 'lora' || adapter.trains !== 'AB') {
      throw new MergeSpecError('rule', "regmean needs an adapter of kind 'lora' that trains 'AB'", {
        adapter,
      })
    }
    if (grams === undefined || grams.form === 'projected' || grams.form === 'joint') {
      const problem = "regmean needs Grams of the layers' inputs: full, diagonal or top-k"
      throw new MergeSpecError('grams', problem, { grams })
    }
  },
  *merge(spec: MergeSpec, module, holders) {
    const [nameA, nameB] = [loraAName(module.name), loraBName(module.name)]
    const held = holders(nameB)
    assertStackFits(spec.adapter as LoraSpec, module, held.length)
    const terms = held.map(({ view, weight }) => ({
      id: view.id,
      count: view.header.count,
      weight,
      b: trainedValue(spec, module, nameB, view),
      a: trainedValue(spec, module, nameA, view),
      gram: ridged(readGram(spec, module, view), spec.ridge),
    }))
    const { a, b } = stackProducts(terms, `Grams of ${module.name}`)
    yield [nameB, tensorFromMatrix(nameB, b)]
    yield [nameA, tensorFromMatrix(nameA, a)]
  },
  result: (adapter, contributions) => stackedSpec(adapter as LoraSpec, contributions),
}
