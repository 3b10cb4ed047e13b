import { compareCodeUnits, type MergeResult } from '../../merge/index.ts'
import type { MergeClient } from '../merge-client.ts'
import type { ContributionFiles } from '../merge-jobs.ts'

/** A merge without one site. */
export interface LeftOutSite {
  readonly peer: string
  /** Ids of its contributions in the cut. */
  readonly contributions: readonly string[]
  readonly result: MergeResult
}

/** Peers behind contributions, ascending. */
export function contributorsOf(
  contributions: readonly Pick<ContributionFiles, 'header'>[],
): readonly string[] {
  return [...new Set(contributions.map(({ header }) => header.peer))].sort(compareCodeUnits)
}

/**
 * The merge without each contributor in turn, from the very contributions: nothing is estimated, and nothing trained again.
 *
 * Cost: a merge for each. With exact sums the merge thread keeps the sums of the merge before: it takes off one site's terms, puts back those of
 * the one before and solves.
 *
 * @throws CorruptChunkError, WorkerCrashedError, and the errors of mergeContributions
 */
export async function* leaveOneOut(
  merges: Pick<MergeClient, 'merge'>,
  contributions: readonly ContributionFiles[],
  options: { readonly signal?: AbortSignal },
): AsyncGenerator<LeftOutSite> {
  for (const peer of contributorsOf(contributions)) {
    const own = contributions.filter(({ header }) => header.peer === peer)
    const others = contributions.filter(({ header }) => header.peer !== peer)
    const result = await merges.merge(others, options)
    yield { peer, contributions: own.map(({ id }) => id), result }
  }
}
