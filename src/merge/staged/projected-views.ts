import { frozenName } from '../adapters/frozen-factors.ts'
import { gramName } from '../format/gram-tensors.ts'
import { matrixFromTensor } from '../linear/matrix.ts'
import { packSymmetric } from '../linear/packed-symmetric.ts'
import { projectGram } from '../linear/project-gram.ts'
import { readGram } from '../rules/read-gram.ts'
import type { ContributionView, MergeSpec, Tensor, TensorMap } from '../types.ts'

/**
 * Contributions of a B-round whose Grams are those of whole inputs, as if they had sent A G Aᵀ for the A of this round, which the charter's
 * seed does not give. Precision: float64, rounded to float32 as what travels.
 */
export function projectedViews(
  spec: MergeSpec,
  frozen: TensorMap,
  views: readonly ContributionView[],
): readonly ContributionView[] {
  const modules = new Map(spec.modules.map((module) => [gramName(module.name), module]))
  return views.map((view) => ({
    ...view,
    tensor: (name): Tensor => {
      const module = modules.get(name)
      if (module === undefined || view.header.kind !== 'adapter') return view.tensor(name)
      const factor = frozenName(module.name, 'lora_A')
      const a = matrixFromTensor(factor, frozen.get(factor)!, spec.adapter.rank, module.in)
      const data = Float32Array.from(packSymmetric(projectGram(a, readGram(spec, module, view))))
      return { shape: [data.length], data }
    },
  }))
}
