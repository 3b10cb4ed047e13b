import type { MergedClassifier } from './classifier/merge-classifier.ts'
import { ForeignContributionError } from './errors.ts'
import { adapterDigest, classifierDigest, cutDigest, mergeDigest } from './format/merge-digest.ts'
import { resultSpec } from './rules/adapter-rules.ts'
import { liveContributions } from './rules/live-contributions.ts'
import type { ContributionView, MergeResult, MergeSpec, TensorMap } from './types.ts'
import { canonicalOrder } from './units/canonical-order.ts'
import { newestGeneration } from './units/generation-weights.ts'
import type { LiveUnits } from './units/live-units.ts'

export interface MergeContext {
  /** Digest of the charter that is merged by. */
  readonly charter: string
  /** Digests of earlier charters whose contributions are merged, too: what they carry has the same shapes. @default none */
  readonly carried?: readonly string[] | undefined
}

/** Which of a set of contributions count. @throws ForeignContributionError - a contribution was made under another charter */
export function countingContributions(
  spec: MergeSpec,
  context: MergeContext,
  contributions: readonly ContributionView[],
): LiveUnits<ContributionView> {
  const all = canonicalOrder(contributions)
  for (const { id, header } of all) {
    if (header.charter !== context.charter && context.carried?.includes(header.charter) !== true) {
      throw new ForeignContributionError(id, 'charter', context.charter, header.charter)
    }
  }
  return liveContributions(spec, all)
}

/** All that a merge says, once adapter and classifier are there. */
export function mergeResult(
  spec: MergeSpec,
  context: MergeContext,
  live: LiveUnits<ContributionView>,
  adapter: TensorMap,
  { classifier, source }: MergedClassifier,
): MergeResult {
  const cut = live.live.map(({ id }) => id)
  const generation = newestGeneration(live.adapters)
  const parts = {
    cut: cutDigest(context.charter, cut),
    adapter: adapterDigest(spec, adapter),
    classifier: classifierDigest(spec.classes, classifier),
  }
  return {
    adapterSpec: resultSpec(spec, live.adapters.length),
    adapter,
    classifier,
    classifierSource: source,
    generation,
    cut,
    equivocating: live.equivocating,
    digests: { ...parts, merge: mergeDigest(spec, generation, parts) },
  }
}
