import { mergeClassifier } from './classifier/merge-classifier.ts'
import { countingContributions, mergeResult, type MergeContext } from './merge-result.ts'
import type { MergedModules } from './merge-modules.ts'
import { weigh } from './rules/live-contributions.ts'
import { mergeAdapter } from './rules/merge-adapter.ts'
import type { ContributionView, MergeResult, MergeSpec } from './types.ts'

/**
 * The merge of a set of admitted contributions: the same set gives the same bits, whatever the order or repetition.
 *
 * Newest state of each (peer, task) and trained tensor wins, weighted by γ^age; each module by the charter's rule; the classifier
 * by its own. Contributions are read one module at a time. No contributions: the charter's start state, generation 0.
 * Precision: float64 throughout, rounded to float32 once at the end.
 *
 * @param spec - has passed `validateMergeSpec`
 * @param contributions - have passed `validateHeader` and `validatePayload`; this is not checked again
 * @param modules - all of the charter's, where `mergeModules` has merged them of the same contributions already
 * @throws ForeignContributionError - a contribution was made under another charter
 * @throws MalformedError - a payload cannot be read any more
 */
export function mergeContributions(
  spec: MergeSpec,
  context: MergeContext,
  contributions: readonly ContributionView[],
  modules?: MergedModules,
): MergeResult {
  const live = countingContributions(spec, context, contributions)
  const adapter = new Map(
    modules === undefined
      ? mergeAdapter(spec, (tensor) => weigh(spec, live.holders(tensor)))
      : spec.modules.flatMap(({ name }) => modules.get(name)!),
  )
  const classifier = mergeClassifier(spec, weigh(spec, live.adapters), live.statistics)
  return mergeResult(spec, context, live, adapter, classifier)
}
