import { matrixFromTensor, tensorFromMatrix, zeros } from '../linear/matrix.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import type { Classifier, Matrix, MergeSpec } from '../types.ts'

/**
 * Each class's row is the mean of the rows of those who hold the class, weighted by how many samples of it they hold.
 *
 *   w_c = Σᵢ gᵢn_ic w_ic / Σᵢ gᵢn_ic        b_c likewise        gᵢ = γ^(newest generation − generation of i)
 *
 * Shapes: weight (classes, features), bias (classes). A class that nobody holds keeps its start value, zero.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @throws ShapeMismatchError - a contribution's tensor has another size
 */
export function classifierByCounts(
  { classes, features }: MergeSpec,
  contributions: readonly WeightedContribution[],
): Classifier {
  const rows = zeros(classes.length, features)
  const bias = zeros(classes.length, 1)
  const totals = new Float64Array(classes.length)
  for (const { view, weight } of contributions) {
    const weights = view.header.classCounts.map((n) => weight * n)
    addRows(rows, weights, matrixFromTensor('classifier/weight', view.tensor('classifier/weight'), classes.length, features)) // prettier-ignore
    addRows(
      bias,
      weights,
      matrixFromTensor('classifier/bias', view.tensor('classifier/bias'), classes.length, 1),
    )
    weights.forEach((n, c) => (totals[c]! += n))
  }
  divideRows(rows, totals)
  divideRows(bias, totals)
  return {
    weight: tensorFromMatrix('classifier/weight', rows),
    bias: tensorFromMatrix('classifier/bias', bias, [classes.length]),
  }
}

/** Skips rows of weight 0: a site says nothing about classes that it does not hold. */
function addRows(sum: Matrix, weights: readonly number[], term: Matrix): void {
  weights.forEach((weight, c) => {
    if (weight === 0) return
    for (let i = c * sum.cols; i < (c + 1) * sum.cols; i++) sum.data[i]! += weight * term.data[i]!
  })
}

function divideRows(sum: Matrix, totals: Float64Array): void {
  totals.forEach((total, c) => {
    if (total === 0) return
    for (let i = c * sum.cols; i < (c + 1) * sum.cols; i++) sum.data[i]! /= total
  })
}
