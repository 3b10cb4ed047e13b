import { mergeClassifier } from '../classifier/merge-classifier.ts'
import { MergeSpecError } from '../errors.ts'
import { countingContributions, mergeResult, type MergeContext } from '../merge-result.ts'
import { weigh } from '../rules/live-contributions.ts'
import type { ContributionView, MergeResult, MergeSpec } from '../types.ts'
import { keptAdapter } from './kept-adapter.ts'
import { keptClassifier } from './kept-classifier.ts'

/** Merges of sets that differ little from one to the next. */
export interface IncrementalMerge {
  /** Exactly what `mergeContributions` gives for these. @throws as it */
  merge(contributions: readonly ContributionView[]): MergeResult
  /** What the sums occupy. */
  readonly bytes: number
}

interface Kept {
  readonly adapter: ReturnType<typeof keptAdapter>
  readonly classifier: ReturnType<typeof keptClassifier>
}

/**
 * Keeps the exact sums of the last set, tensor by tensor: a merge reads the contributions that have begun or ceased to count for one,
 * adds and takes off those, and solves again.
 *
 * Cost: of one contribution more, its own terms, one rounding of the sums and one solve of each tensor, and the digests.
 * Memory: 8 bytes for each limb that occurs (three to five) of every entry of every trained tensor and of the lower triangle of its Gram,
 * and of the classifier's sums; the last merge; the view of every contribution that counts, through which it is read again when it
 * goes. Where that fails, the sums start again from those that are there.
 *
 * @throws MergeSpecError - the spec's sums are not exact
 */
export function incrementalMerge(spec: MergeSpec, context: MergeContext): IncrementalMerge {
  if (spec.sums !== 'exact') {
    throw new MergeSpecError('sums', `${spec.sums ?? 'ordered'}, incremental merges need exact ones; use mergeContributions`) // prettier-ignore
  }
  const empty = (): Kept => ({ adapter: keptAdapter(spec), classifier: keptClassifier(spec) })
  let kept = empty()
  let isEmpty = true
  const merge = (contributions: readonly ContributionView[]): MergeResult => {
    const live = countingContributions(spec, context, contributions)
    const wasEmpty = isEmpty
    try {
      isEmpty = false
      return update(spec, context, kept, live)
    } catch (error) {
      // sums that were left half changed are of no use
      kept = empty()
      isEmpty = true
      if (wasEmpty) throw error
      return merge(contributions)
    }
  }
  return {
    merge,
    get bytes(): number {
      return kept.adapter.bytes + kept.classifier.bytes
    },
  }
}

function update(
  spec: MergeSpec,
  context: MergeContext,
  { adapter, classifier }: Kept,
  live: ReturnType<typeof countingContributions>,
): MergeResult {
  const tensors = new Map(adapter.update((tensor) => live.holders(tensor)))
  const merged = mergeClassifier(spec, weigh(spec, live.adapters), live.statistics, classifier)
  return mergeResult(spec, context, live, tensors, merged)
}
