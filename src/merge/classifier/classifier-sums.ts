import type { WeightedContribution } from '../rules/adapter-rule.ts'
import type { Classifier, ContributionView, MergeSpec } from '../types.ts'
import { solveFor } from '../units/sums-over.ts'
import { solveClassifier, sumStatistics } from './classifier-analytic.ts'
import { classifierByCounts } from './classifier-counts.ts'
import { exactClassifierAnalytic, exactClassifierByCounts } from './exact-classifier.ts'

/** How the classifier's sums over contributions come about. */
export interface ClassifierSums {
  byCounts(adapters: readonly WeightedContribution[]): Classifier
  analytic(statistics: readonly ContributionView[], ridge: number): Classifier
}

/** Summed anew, in the way of the charter. */
export function classifierSums(spec: MergeSpec): ClassifierSums {
  if (spec.sums === 'exact') {
    return {
      byCounts: (adapters) => solveFor(exactClassifierByCounts(spec), adapters.map(({ view }) => view)), // prettier-ignore
      analytic: (statistics, ridge) => solveFor(exactClassifierAnalytic(spec, ridge), statistics),
    }
  }
  return {
    byCounts: (adapters) => classifierByCounts(spec, adapters),
    analytic: (statistics, ridge) => solveClassifier(sumStatistics(spec, statistics), ridge),
  }
}
