import { CLASSIFIER_WEIGHT, selectableTensors } from '../format/contribution-tensors.ts'
import { isPersonal, maskName } from '../format/personal-mask.ts'
import { matrixFromTensor, tensorFromMatrix } from '../linear/matrix.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import { maskedMean } from '../rules/masked-mean.ts'
import type { Classifier, ContributionView, MergeSpec } from '../types.ts'

/**
 * Each class's row is the mean of the rows of those who hold the class, weighted by how many samples of it they hold.
 *
 *   w_cj = Σᵢ gᵢn_ic(1 − m_icj) w_icj / Σᵢ gᵢn_ic(1 − m_icj)        b_c likewise, never personal        gᵢ = γ^(newest generation − generation of i)
 *
 * Shapes: weight (classes, features), bias (classes). m is 1 where a site keeps an entry to itself, under the rule `fedselect` alone. What
 * nobody holds or shares keeps its start value, zero. Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @throws ShapeMismatchError - a contribution's tensor has another size
 */
export function classifierByCounts(
  spec: MergeSpec,
  contributions: readonly WeightedContribution[],
): Classifier {
  const [classes, features] = [spec.classes.length, spec.features]
  const isSelectable = selectableTensors(spec).has(CLASSIFIER_WEIGHT)
  const [rows, bias] = [maskedMean(classes, features), maskedMean(classes, 1)]
  for (const { view, weight } of contributions) {
    const counts = view.header.classCounts.map((n) => weight * n)
    const weights = matrixFromTensor(CLASSIFIER_WEIGHT, view.tensor(CLASSIFIER_WEIGHT), classes, features)
    if (isSelectable) {
      const isKept = personalIn(view)
      rows.add(weights, (entry) => (isKept(entry) ? 0 : counts[Math.floor(entry / features)]!))
    } else rows.addRows(weights, counts)
    bias.addRows(matrixFromTensor('classifier/bias', view.tensor('classifier/bias'), classes, 1), counts)
  }
  return {
    weight: tensorFromMatrix(CLASSIFIER_WEIGHT, rows.solve(new Float64Array(classes * features))),
    bias: tensorFromMatrix('classifier/bias', bias.solve(new Float64Array(classes)), [classes]),
  }
}

function personalIn(view: ContributionView): (entry: number) => boolean {
  const mask = view.bytes(maskName(CLASSIFIER_WEIGHT))
  return (entry) => isPersonal(mask, entry)
}
