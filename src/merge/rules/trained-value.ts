import { trainedTensors } from '../format/contribution-tensors.ts'
import { matrixFromTensor } from '../linear/matrix.ts'
import type { ContributionView, Matrix, MergeSpec, TargetModule } from '../types.ts'

/**
 * A trained tensor of a contribution in float64.
 *
 * @throws ShapeMismatchError, MalformedError - not for admitted contributions
 */
export function trainedValue(
  { adapter }: MergeSpec,
  module: TargetModule,
  tensor: string,
  view: ContributionView,
): Matrix {
  const [rows, cols] = trainedTensors(adapter, module).get(tensor)!
  return matrixFromTensor(`${tensor} of ${view.id}`, view.tensor(tensor), rows, cols)
}
