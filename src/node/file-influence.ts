import { influence, memorySource, openContribution, type PeerInfluence } from '../merge/index.ts'
import { charterDigest, type Charter } from './charter.ts'
import type { OfflineMerge } from './offline.ts'

/** The influence of every peer on a merge of files, one after the other. */
export function fileInfluence(
  charter: Charter,
  { spec, contributions }: OfflineMerge,
): Generator<PeerInfluence> {
  const views = contributions.map(({ id, header, payload }) =>
    openContribution(id, header, memorySource(payload)),
  )
  return influence(spec, { charter: charterDigest(charter) }, views)
}
