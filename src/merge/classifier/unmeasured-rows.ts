import { inAllRows } from '../tasks/in-all-rows.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import type { Classifier, ContributionView, MergeSpec } from '../types.ts'

interface Unmeasured {
  /** From `measured`. */
  readonly classifier: Classifier
  /** Statistics behind it, in all rows. */
  readonly measured: readonly ContributionView[]
  readonly adapters: readonly WeightedContribution[]
  /** The output layer of the adapters' own classifiers; asked for where it is needed. */
  readonly byCounts: () => Classifier
}

/**
 * An analytic output layer whose classes without a sample in the statistics, but with one behind an adapter, have their row by class
 * counts: the data of an earlier task may be gone when the features change. Regression outputs and logits are of different scale, so
 * such rows are a makeshift; `rows` names their classes.
 */
export function unmeasuredByCounts(
  spec: MergeSpec,
  { classifier, measured, adapters, byCounts }: Unmeasured,
): { readonly classifier: Classifier; readonly rows: readonly string[] } {
  const isMeasured = samplesIn(measured)
  const isTrained = samplesIn(adapters.filter(({ weight }) => weight > 0).map(({ view }) => inAllRows(spec, view))) // prettier-ignore
  const rows = [...spec.classes.keys()].filter((row) => !isMeasured(row) && isTrained(row))
  if (rows.length === 0) return { classifier, rows: [] }
  const trained = byCounts()
  const weight = classifier.weight.data.slice()
  const bias = classifier.bias.data.slice()
  for (const row of rows) {
    const [from, to] = [row * spec.features, (row + 1) * spec.features]
    weight.set(trained.weight.data.subarray(from, to), from)
    bias[row] = trained.bias.data[row]!
  }
  return {
    classifier: {
      weight: { ...classifier.weight, data: weight },
      bias: { ...classifier.bias, data: bias },
    },
    rows: rows.map((row) => spec.classes[row]!),
  }
}

function samplesIn(views: readonly ContributionView[]): (row: number) => boolean {
  return (row) => views.some(({ header }) => header.classCounts[row]! > 0)
}
