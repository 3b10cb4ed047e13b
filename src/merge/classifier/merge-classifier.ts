import { chooseAnchor } from '../units/choose-anchor.ts'
import { classifierSums } from './classifier-sums.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import type { Classifier, ClassifierSource, ContributionView, MergeSpec } from '../types.ts'

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
  const chosen = spec.classifier.rule === 'analytic' ? chooseAnchor(statistics) : undefined
  if (spec.classifier.rule === 'analytic' && chosen !== undefined) {
    const classifier = sums.analytic(chosen.statistics, spec.classifier.ridge)
    return { classifier, source: { rule: 'analytic', anchor: chosen.anchor, count: chosen.count } }
  }
  const classifier = sums.byCounts(adapters)
  return { classifier, source: { rule: adapters.length === 0 ? 'start' : 'counts' } }
}
