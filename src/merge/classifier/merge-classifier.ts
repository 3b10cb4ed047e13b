import { classifierByTask } from '../tasks/classifier-by-task.ts'
import { inAllRows } from '../tasks/in-all-rows.ts'
import { chooseAnchor, type AnchoredStatistics } from '../units/choose-anchor.ts'
import { classifierSums, type ClassifierSums } from './classifier-sums.ts'
import { classifierAffine } from './classifier-affine.ts'
import { classifierAsPublished } from './classifier-published.ts'
import { classifierByHolders } from './classifier-regmean.ts'
import { unmeasuredByCounts } from './unmeasured-rows.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import type { AnalyticRule, Classifier, ClassifierSource, ContributionView, MergeSpec } from '../types.ts'

export interface MergedClassifier {
  readonly classifier: Classifier
  readonly source: ClassifierSource
}

/** By the charter's rule; `analytic` falls back to class counts until the first statistic is there, and says so. */
export function mergeClassifier(
  spec: MergeSpec,
  adapters: readonly WeightedContribution[],
  statistics: readonly ContributionView[],
  sums = classifierSums(spec),
): MergedClassifier {
  const rule = spec.classifier
  if (rule.rule === 'analytic') {
    const chosen = chooseAnchor(statistics)
    if (chosen !== undefined) return analytically(spec, rule, adapters, chosen, sums)
  }
  if (adapters.length === 0) {
    return { classifier: sums.byCounts(adapters), source: { rule: 'start' } }
  }
  return byAdapters(spec, adapters, sums)
}

/** Classes of opened tasks that nobody could measure under the chosen anchor have the rows that sites trained, and are named. */
function analytically(
  spec: MergeSpec,
  rule: AnalyticRule,
  adapters: readonly WeightedContribution[],
  { anchor, count, statistics }: AnchoredStatistics,
  sums: ClassifierSums,
): MergedClassifier {
  const measured = statistics.map((view) => inAllRows(spec, view))
  const classifier = sums.analytic(measured, rule)
  const source = { rule: 'analytic', anchor, count } as const
  if (spec.tasks === undefined) return { classifier, source }
  const byCounts = (): Classifier => byAdapters(spec, adapters, sums).classifier
  const filled = unmeasuredByCounts(spec, { classifier, measured, adapters, byCounts })
  return { classifier: filled.classifier, source: { ...source, ...(filled.rows.length > 0 && { byCounts: filled.rows }) } } // prettier-ignore
}

function byAdapters(
  spec: MergeSpec,
  adapters: readonly WeightedContribution[],
  sums: ClassifierSums,
): MergedClassifier {
  const { classifier: chosen } = spec
  const inRows = (): readonly WeightedContribution[] =>
    adapters.map(({ view, weight }) => ({ view: inAllRows(spec, view), weight }))
  switch (chosen.rule) {
    case 'counts':
    case 'analytic':
      return { classifier: sums.byCounts(inRows()), source: { rule: 'counts' } }
    case 'affine':
      return { classifier: classifierByTask(spec, adapters, classifierAffine), source: { rule: 'affine' } }
    case 'regmean': {
      const { alpha } = chosen
      const classifier =
        chosen.holdersOnly === false
          ? classifierByTask(spec, adapters, (own, some) => classifierAsPublished(own, some, alpha))
          : classifierByHolders(spec, inRows(), alpha)
      return { classifier, source: { rule: 'regmean' } }
    }
  }
}
