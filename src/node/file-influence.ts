import { influence, memorySource, openContribution, type PeerInfluence } from '../merge/index.ts'
import type { OfflineMerge } from './offline.ts'

/** The influence of every peer on a merge of files, one after the other. */
export function fileInfluence({ spec, contributions, rules }: OfflineMerge): Generator<PeerInfluence> {
  const views = contributions.map(({ id, header, payload }) =>
    openContribution(id, header, memorySource(payload)),
  )
  return influence(spec, { charter: rules.charterDigest, carried: [...rules.carried.keys()] }, views)
}
