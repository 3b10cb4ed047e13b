import type { ClassifierSums } from '../classifier/classifier-sums.ts'
import { exactClassifierAnalytic, exactClassifierByCounts } from '../classifier/exact-classifier.ts'
import type { MergeSpec } from '../types.ts'
import { keptSums } from './kept-sums.ts'

/** The classifier's sums, of a spec with exact ones. */
export function keptClassifier(spec: MergeSpec): ClassifierSums & { readonly bytes: number } {
  const { classifier } = spec
  const counts = keptSums(() => exactClassifierByCounts(spec))
  const analytic = keptSums(() => exactClassifierAnalytic(spec, classifier.rule === 'analytic' ? classifier.ridge : 0)) // prettier-ignore
  return {
    byCounts: (adapters) => counts.update(adapters.map(({ view }) => view)),
    analytic: (statistics) => analytic.update(statistics),
    get bytes(): number {
      return counts.bytes + analytic.bytes
    },
  }
}
