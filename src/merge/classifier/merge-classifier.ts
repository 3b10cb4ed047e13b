import { chooseAnchor } from '../units/choose-anchor.ts'
import { solveClassifier, sumStatistics } from './classifier-analytic.ts'
import { classifierByCounts } from './classifier-counts.ts'
import { robustClassifierByCounts } from './classifier-robust.ts'
import { statisticShares } from './statistic-shares.ts'
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
): MergedClassifier {
  const chosen = spec.classifier.rule === 'analytic' ? chooseAnchor(statistics) : undefined
  if (spec.classifier.rule === 'analytic' && chosen !== undefined) {
    const shares = statisticShares(spec.robust, chosen.statistics)
    const classifier = solveClassifier(sumStatistics(spec, chosen.statistics, shares), spec.classifier.ridge)
    return { classifier, source: { rule: 'analytic', anchor: chosen.anchor, count: chosen.count } }
  }
  const byCounts = spec.robust === undefined ? classifierByCounts : robustClassifierByCounts
  const classifier = byCounts(spec, adapters)
  return { classifier, source: { rule: adapters.length === 0 ? 'start' : 'counts' } }
}
