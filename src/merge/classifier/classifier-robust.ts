import { matrixFromTensor, tensorFromMatrix, zeros } from '../linear/matrix.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import { combine } from '../rules/combine.ts'
import type { Term } from '../rules/term.ts'
import type { Classifier, Matrix, MergeSpec } from '../types.ts'

/**
 * Each class's row [w_c b_c] from those who hold the class, weighted by how many samples of it they hold, under the charter's
 * `robust`: caps and clip compare the holders of one class with each other, so holding few classes costs nothing.
 *
 * Shapes: weight (classes, features), bias (classes). A class that nobody holds keeps its start value, zero.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 *
 * @throws ShapeMismatchError - a contribution's tensor has another size
 */
export function robustClassifierByCounts(
  spec: MergeSpec,
  contributions: readonly WeightedContribution[],
): Classifier {
  const { classes, features } = spec
  const sites = contributions.map(({ view, weight }) => ({
    id: view.id,
    weight,
    counts: view.header.classCounts,
    weights: matrixFromTensor('classifier/weight', view.tensor('classifier/weight'), classes.length, features), // prettier-ignore
    bias: matrixFromTensor('classifier/bias', view.tensor('classifier/bias'), classes.length, 1),
  }))
  const rows = zeros(classes.length, features)
  const bias = zeros(classes.length, 1)
  for (let c = 0; c < classes.length; c++) {
    const terms = sites
      .filter(({ counts, weight }) => counts[c]! > 0 && weight > 0)
      .map((site): Term => classTerm(site, c))
    if (terms.length === 0) continue
    const { data } = combine(spec, terms, `classifier row of class ${c}`)
    rows.data.set(data.subarray(0, features), c * features)
    bias.data[c] = data[features]!
  }
  return {
    weight: tensorFromMatrix('classifier/weight', rows),
    bias: tensorFromMatrix('classifier/bias', bias, [classes.length]),
  }
}

interface Site {
  readonly id: string
  readonly weight: number
  readonly counts: readonly number[]
  readonly weights: Matrix
  readonly bias: Matrix
}

/** Row of class c, the bias last. */
function classTerm({ id, weight, counts, weights, bias }: Site, c: number): Term {
  const data = new Float64Array(weights.cols + 1)
  data.set(weights.data.subarray(c * weights.cols, (c + 1) * weights.cols))
  data[weights.cols] = bias.data[c]!
  const value = { rows: 1, cols: data.length, data }
  return { id, count: counts[c]!, weight: weight * counts[c]!, value, gram: undefined }
}
