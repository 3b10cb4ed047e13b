import type { ClassifierSums } from '../classifier/classifier-sums.ts'
import { exactClassifierAnalytic, exactClassifierByCounts } from '../classifier/exact-classifier.ts'
import type { AnalyticRule, MergeSpec } from '../types.ts'
import { keptSums } from './kept-sums.ts'

/** Under other rules no statistics are admitted, and nothing is solved. */
const NO_RULE: AnalyticRule = { rule: 'analytic', features: 'merged', ridge: 0 }

/** The classifier's sums, of a spec with exact ones. */
export function keptClassifier(spec: MergeSpec): ClassifierSums & { readonly bytes: number } {
  const { classifier } = spec
  const counts = keptSums(() => exactClassifierByCounts(spec))
  const rule = classifier.rule === 'analytic' ? classifier : NO_RULE
  const analytic = keptSums(() => exactClassifierAnalytic(spec, rule))
  return {
    byCounts: (adapters) => counts.update(adapters.map(({ view }) => view)),
    analytic: (statistics) => analytic.update(statistics),
    get bytes(): number {
      return counts.bytes + analytic.bytes
    },
  }
}
