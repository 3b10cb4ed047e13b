import { chooseAnchor } from '../units/choose-anchor.ts'
import { classifierSums, type ClassifierSums } from './classifier-sums.ts'
import { classifierAffine } from './classifier-affine.ts'
import { classifierAsPublished } from './classifier-published.ts'
import { classifierByHolders } from './classifier-regmean.ts'
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
  if (adapters.length === 0) {
    return { classifier: sums.byCounts(adapters), source: { rule: 'start' } }
  }
  return byAdapters(spec, adapters, sums)
}

function byAdapters(
  spec: MergeSpec,
  adapters: readonly WeightedContribution[],
  sums: ClassifierSums,
): MergedClassifier {
  const { classifier: chosen } = spec
  switch (chosen.rule) {
    case 'counts':
    case 'analytic':
      return { classifier: sums.byCounts(adapters), source: { rule: 'counts' } }
    case 'affine':
      return { classifier: classifierAffine(spec, adapters), source: { rule: 'affine' } }
    case 'regmean': {
      const merge = chosen.holdersOnly === false ? classifierAsPublished : classifierByHolders
      return { classifier: merge(spec, adapters, chosen.alpha), source: { rule: 'regmean' } }
    }
  }
}
