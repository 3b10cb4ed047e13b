import { gramName, loraBName } from '../format/contribution-tensors.ts'
import { gramWeightedMean } from './gram-weighted-mean.ts'
import { matrixFromTensor, tensorFromMatrix } from '../linear/matrix.ts'
import type { Holders } from './module-merge.ts'
import { unpackSymmetric } from '../linear/packed-symmetric.ts'
import { withRidge } from './ridge.ts'
import type { MergeSpec, TargetModule, Tensor } from '../types.ts'

/**
 * LoRM's B-step: the B whose outputs B A x are nearest to all sites' outputs on all sites' inputs.
 *
 *   B = (Σᵢ Bᵢ wᵢS̃ᵢ)(Σᵢ wᵢS̃ᵢ)⁻¹      S̃ᵢ = Sᵢ + ρ·tr(Sᵢ)/r · I,  Sᵢ = A Gᵢ Aᵀ,  Gᵢ = XᵢᵀXᵢ
 *
 * Shapes: B (out, r), S (r, r). Exact, as all sites share A: J(B) = Σᵢ ‖(B − Bᵢ) A Xᵢᵀ‖² depends on Gᵢ through Sᵢ alone.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 * Departs from the paper: ridge per peer instead of a pseudo-inverse, so that directions without data get the mean of
 * the sites instead of zero; wᵢ = γ^age lets absent sites fade.
 *
 * @throws ShapeMismatchError - a contribution's tensor has another size
 * @throws NotPositiveDefiniteError - not for admitted contributions
 * @see LoRM, arXiv:2410.17961
 */
export function* mergeLorm(
  spec: MergeSpec,
  module: TargetModule,
  holders: Holders,
): Generator<readonly [string, Tensor]> {
  const { rank } = spec.adapter
  const name = loraBName(module.name)
  const mean = gramWeightedMean(module.out, rank, gramName(module.name))
  for (const { view, weight } of holders(name)) {
    const factor = matrixFromTensor(`${name} of ${view.id}`, view.tensor(name), module.out, rank)
    const gram = unpackSymmetric(view.tensor(gramName(module.name)).data, rank)
    mean.add(factor, withRidge(gram, spec.ridge), weight)
  }
  yield [name, tensorFromMatrix(name, mean.solve())]
}
