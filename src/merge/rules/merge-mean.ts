import { trainedTensors } from '../format/contribution-tensors.ts'
import { tensorwise, type AdapterRule } from './adapter-rule.ts'
import { trainedValue } from './trained-value.ts'

/**
 * Every trained tensor is the mean of the sites', weighted by their samples (federated averaging).
 *
 *   T = Σᵢ wᵢnᵢ Tᵢ / Σᵢ wᵢnᵢ      wᵢ = γ^(newest generation − generation of i), nᵢ = count
 *
 * Exact for one factor under a shared other one and for Ravan's cores, where it is the mean of the deltas. With lora that trains A
 * and B it is not: the product of the means is not the mean of the products.
 * The sums go over those who have trained the tensor.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @see FedAvg, McMahan et al., arXiv:1602.05629; Ravan's own server step
 */
export const meanRule: AdapterRule = tensorwise(
  () => undefined,
  ({ adapter }, module) => trainedTensors(adapter, module).keys(),
  (spec, module, tensor, { view, weight }) => {
    const { count } = view.header
    if (weight === 0) return undefined
    return { id: view.id, count, weight: weight * count, value: trainedValue(spec, module, tensor, view), gram: undefined } // prettier-ignore
  },
)
