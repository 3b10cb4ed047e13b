import { gramName, partNames } from '../format/contribution-tensors.ts'
import { MergeSpecError } from '../errors.ts'
import { gramWeightedMean } from './gram-weighted-mean.ts'
import { matrixFromTensor, tensorFromMatrix } from '../linear/matrix.ts'
import type { Holders } from './module-merge.ts'
import { packedLength, unpackSymmetric } from '../linear/packed-symmetric.ts'
import { withRidge } from './ridge.ts'
import type { Matrix, MergeSpec, TargetModule, Tensor } from '../types.ts'

/** What one site says about one head: C = s·H (rank, rank) and Γ = A_h G A_hᵀ (rank, rank), without ridge. */
export interface HeadTerm {
  readonly core: Matrix
  readonly gram: Matrix
  readonly weight: number
}

/**
 * Closed form for Ravan heads, one head at a time.
 *
 *   C_h = (Σᵢ C_ih wᵢΓ̃_ih)(Σᵢ wᵢΓ̃_ih)⁻¹      Γ̃ = Γ + ρ·tr(Γ)/r · I,  Γ_ih = A_h Gᵢ A_hᵀ,  C_ih = s_ih H_ih
 *
 * The sums go over those who have trained the head. Shapes: C, Γ (rank, rank). The heads decouple exactly because the frozen B has orthonormal columns; A need not.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @throws ShapeMismatchError - a contribution's tensor has another size
 * @throws NotPositiveDefiniteError - not for admitted contributions
 * @see Ravan (multi-head LoRA, NeurIPS 2025) for the adapter; RegMean, arXiv:2212.09849, for the objective
 */
export function* mergeRavan(
  spec: MergeSpec,
  module: TargetModule,
  holders: Holders,
): Generator<readonly [string, Tensor]> {
  if (spec.adapter.kind !== 'ravan')
    throw new MergeSpecError('rule', "ravan needs an adapter of kind 'ravan'")
  const { rank } = spec.adapter
  const heads = partNames(spec.adapter, module)
  for (const name of heads) {
    const terms = holders(name).map(({ view, weight }) => ({
      core: matrixFromTensor(`${name} of ${view.id}`, view.tensor(name), rank, rank),
      gram: headGram(
        view.tensor(gramName(module.name)),
        heads.filter((head) => view.has(head)).indexOf(name),
        rank,
      ),
      weight,
    }))
    const merged = mergeHead(terms, rank, spec.ridge)
    if (merged !== undefined) yield [name, tensorFromMatrix(name, merged)]
  }
}

/** The sum over those who trained this head; undefined if nobody did, and then the head keeps its value. */
export function mergeHead(terms: readonly HeadTerm[], rank: number, ridge: number): Matrix | undefined {
  if (terms.length === 0) return undefined
  const mean = gramWeightedMean(rank, rank, 'Gram of a head')
  for (const { core, gram, weight } of terms) mean.add(core, withRidge(gram, ridge), weight)
  return mean.solve()
}

/** One row of a contribution's Grams, which are those of the heads that it holds. */
function headGram({ data }: Tensor, row: number, rank: number): Matrix {
  const length = packedLength(rank)
  return unpackSymmetric(data.subarray(row * length, (row + 1) * length), rank)
}
