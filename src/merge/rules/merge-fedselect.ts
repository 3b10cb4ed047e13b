import { startTensor } from '../adapters/start-value.ts'
import { trainedTensors } from '../format/contribution-tensors.ts'
import { isPersonal, maskName } from '../format/personal-mask.ts'
import { tensorFromMatrix } from '../linear/matrix.ts'
import type { Matrix, MergeSpec, TargetModule } from '../types.ts'
import type { AdapterRule, WeightedContribution } from './adapter-rule.ts'
import { maskedMean } from './masked-mean.ts'
import { trainedValue } from './trained-value.ts'

/**
 * FedSelect: every entry is the mean of the sites that share it; what a site keeps to itself says nothing.
 *
 *   T_e = Σᵢ wᵢ(1 − m_ie) T_ie / Σᵢ wᵢ(1 − m_ie)      m_ie = 1 where entry e is personal at site i;  wᵢ = γ^age
 *
 * Uniform over the sites, not by samples. An entry that nobody shares keeps the charter's start value. Which entries become personal is
 * for each site to decide; personal ones are 0 on the wire.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @see FedSelect, Tamirisa et al., CVPR 2024
 */
export const fedselectRule: AdapterRule = {
  assertFits: () => undefined,
  isUnlimited: true,
  *merge(spec, module, holders) {
    for (const [name, shape] of trainedTensors(spec.adapter, module)) {
      const held = holders(name)
      if (held.length === 0) continue
      const start = startTensor(spec.adapter, module, name, shape)
      yield [name, tensorFromMatrix(name, sharedMean(spec, module, name, held, start.data))]
    }
  },
}

function sharedMean(
  spec: MergeSpec,
  module: TargetModule,
  name: string,
  held: readonly WeightedContribution[],
  start: Float32Array,
): Matrix {
  const [rows, cols] = trainedTensors(spec.adapter, module).get(name)!
  const mean = maskedMean(rows, cols)
  for (const { view, weight } of held) {
    const mask = view.bytes(maskName(name))
    mean.add(trainedValue(spec, module, name, view), (entry) => (isPersonal(mask, entry) ? 0 : weight))
  }
  return mean.solve(start)
}
