import { canonicalOrder } from './units/canonical-order.ts'
import { ForeignContributionError } from './errors.ts'
import { newestGeneration } from './units/generation-weights.ts'
import { liveContributions, weigh } from './rules/live-contributions.ts'
import type { CreateSha256 } from './format/digest-writer.ts'
import { mergeAdapter } from './rules/merge-adapter.ts'
import { mergeClassifier } from './classifier/merge-classifier.ts'
import { adapterDigest, classifierDigest, cutDigest, mergeDigest } from './format/merge-digest.ts'
import type { MergedModules } from './merge-modules.ts'
import { resultSpec } from './rules/adapter-rules.ts'
import type { ContributionView, MergeResult, MergeSpec } from './types.ts'

export interface MergeContext {
  /** Digest of the charter under which all contributions were made. */
  readonly charter: string
  /** A faster sha2-256 for the digest of the adapter. @default the one in JavaScript */
  readonly createSha256?: CreateSha256
}

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
  const all = canonicalOrder(contributions)
  for (const { id, header } of all) {
    if (header.charter !== context.charter) {
      throw new ForeignContributionError(id, 'charter', context.charter, header.charter)
    }
  }
  const live = liveContributions(spec, all)
  const adapter = new Map(
    modules === undefined
      ? mergeAdapter(spec, (tensor) => weigh(spec, live.holders(tensor)))
      : spec.modules.flatMap(({ name }) => modules.get(name)!),
  )
  const { classifier, source } = mergeClassifier(spec, weigh(spec, live.adapters), live.statistics)
  const cut = all.map(({ id }) => id)
  const generation = newestGeneration(live.adapters)
  const parts = {
    cut: cutDigest(context.charter, cut),
    adapter: adapterDigest(spec, adapter, context.createSha256),
    classifier: classifierDigest(spec.classes, classifier),
  }
  return {
    adapterSpec: resultSpec(spec, live.adapters.length),
    adapter,
    classifier,
    classifierSource: source,
    generation,
    cut,
    live: live.live.map(({ id }) => id),
    equivocating: live.equivocating,
    digests: { ...parts, merge: mergeDigest(spec, generation, parts) },
  }
}
