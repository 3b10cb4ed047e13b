import { trainedTensors } from '../format/contribution-tensors.ts'
import { seededStart } from '../adapters/start-value.ts'
import { matrixFromTensor } from '../linear/matrix.ts'
import type { ContributionView, Matrix, MergeSpec, TargetModule } from '../types.ts'

/**
 * A trained tensor of a contribution in float64. What travels in half precision is its difference from the charter's start, which is
 * added back: start + difference, both exact.
 *
 * @throws ShapeMismatchError, MalformedError - not for admitted contributions
 */
export function trainedValue(
  { adapter, wire }: Pick<MergeSpec, 'adapter' | 'wire'>,
  module: TargetModule,
  tensor: string,
  view: Pick<ContributionView, 'id' | 'tensor'>,
): Matrix {
  const [rows, cols] = trainedTensors(adapter, module).get(tensor)!
  const value = matrixFromTensor(`${tensor} of ${view.id}`, view.tensor(tensor), rows, cols)
  if ((wire?.factors ?? 'F32') === 'F32') return value
  const start = seededStart(adapter, module, tensor)
  if (start !== undefined) for (let i = 0; i < value.data.length; i++) value.data[i]! += start.data[i]!
  return value
}
