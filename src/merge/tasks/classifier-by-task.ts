import { splitIntercept, withIntercept } from '../classifier/classifier-rows.ts'
import { zeros } from '../linear/matrix.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import type { Classifier, MergeSpec } from '../types.ts'
import { groupBy } from '../units/group-by.ts'
import { rowsOfTask, specOfTask } from './class-rows.ts'

/**
 * The output layer by a rule that weighs all rows by all contributions, task by task: who has no row for a class says nothing of it. A class
 * of several tasks has the mean of their rows, weighted by the samples behind them.
 *
 *   w_c = Σ_t n_tc w_tc / Σ_t n_tc
 *
 * Precision: float64, rounded to float32 once; rows of a single task come back to the bit. Order: tasks ascending by id, that of the charter first.
 */
export function classifierByTask(
  spec: MergeSpec,
  contributions: readonly WeightedContribution[],
  merge: (spec: MergeSpec, contributions: readonly WeightedContribution[]) => Classifier,
): Classifier {
  if (spec.tasks === undefined) return merge(spec, contributions)
  const groups = groupBy(contributions, ({ view }) => view.header.task)
  const sum = zeros(spec.classes.length, spec.features + 1)
  const totals = new Float64Array(spec.classes.length)
  for (const { id } of spec.tasks) {
    const group = groups.get(id)
    if (group === undefined) continue
    const rows = withIntercept(merge(specOfTask(spec, id)!, group))
    for (const [own, row] of rowsOfTask(spec, id).entries()) {
      const samples = group.reduce((n, { view, weight }) => n + weight * view.header.classCounts[own]!, 0)
      const before = totals[row]!
      totals[row] = before + samples
      if (samples === 0) continue
      const share = samples / (before + samples)
      for (let i = 0; i < sum.cols; i++) {
        const at = row * sum.cols + i
        sum.data[at] = sum.data[at]! + share * (rows.data[own * sum.cols + i]! - sum.data[at]!)
      }
    }
  }
  return splitIntercept(sum)
}
