import { trainedTensors } from '../format/contribution-tensors.ts'
import { matrixFromTensor, tensorFromMatrix } from '../linear/matrix.ts'
import type { Holders } from './module-merge.ts'
import type { MergeSpec, TargetModule, Tensor } from '../types.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Every trained tensor is the mean of the sites', weighted by their samples (federated averaging).
 *
 *   T = Σᵢ wᵢnᵢ Tᵢ / Σᵢ wᵢnᵢ      wᵢ = γ^(newest generation − generation of i), nᵢ = count
 *
 * Exact for B under a shared A and for Ravan's cores, where it is the mean of the deltas. With lora that trains A and B
 * it is not: the product of the means is not the mean of the products.
 * The sums go over those who have trained the tensor.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @throws ShapeMismatchError - a contribution's tensor has another size
 * @see FedAvg, McMahan et al., arXiv:1602.05629; Ravan's own server step
 */
export function* mergeMean(
  spec: MergeSpec,
  module: TargetModule,
  holders: Holders,
): Generator<readonly [string, Tensor]> {
  for (const [name, [rows, cols]] of trainedTensors(spec.adapter, module)) {
    const mean = weightedMean(rows, cols)
    for (const { view, weight } of holders(name)) {
      mean.add(
        matrixFromTensor(`${name} of ${view.id}`, view.tensor(name), rows, cols),
        weight * view.header.count,
      )
    }
    const merged = mean.solve()
    if (merged !== undefined) yield [name, tensorFromMatrix(name, merged)]
  }
}
