import type { WeightedContribution } from '../rules/adapter-rule.ts'
import type { AnalyticRule, Classifier, ContributionView, MergeSpec } from '../types.ts'
import { solveFor } from '../units/sums-over.ts'
import { sumStatistics } from './classifier-analytic.ts'
import { classifierByCounts } from './classifier-counts.ts'
import { robustClassifierByCounts } from './classifier-robust.ts'
import { statisticShares } from './statistic-shares.ts'
import { solveAnalytic } from './solve-analytic.ts'
import { exactClassifierAnalytic, exactClassifierByCounts } from './exact-classifier.ts'

/** How the classifier's sums over contributions come about. */
export interface ClassifierSums {
  byCounts(adapters: readonly WeightedContribution[]): Classifier
  analytic(statistics: readonly ContributionView[], rule: AnalyticRule): Classifier
}

/** Summed anew, in the way of the charter. */
export function classifierSums(spec: MergeSpec): ClassifierSums {
  if (spec.sums === 'exact') {
    return {
      byCounts: (adapters) => solveFor(exactClassifierByCounts(spec), adapters.map(({ view }) => view)), // prettier-ignore
      analytic: (statistics, rule) => solveFor(exactClassifierAnalytic(spec, rule), statistics),
    }
  }
  const byCounts = spec.robust === undefined ? classifierByCounts : robustClassifierByCounts
  return {
    byCounts: (adapters) => byCounts(spec, adapters),
    analytic: (statistics, rule) => {
      const shares = statisticShares(spec.robust, statistics)
      return solveAnalytic(sumStatistics(spec, statistics, shares), rule)
    },
  }
}
