import type { AnalyticRule, Classifier } from '../types.ts'
import { solveClassifier, type ClassifierStatistics } from './classifier-analytic.ts'
import { solveDiscriminant } from './classifier-discriminant.ts'

/** By the fit of the rule. */
export function solveAnalytic(
  statistics: ClassifierStatistics,
  { fit = 'ridge', ridge }: Pick<AnalyticRule, 'fit' | 'ridge'>,
): Classifier {
  return fit === 'ridge' ? solveClassifier(statistics, ridge) : solveDiscriminant(statistics, ridge)
}
