import type { FittedSite } from '../fit-site.ts'
import { trainingSeed } from '../schedule/site-work.ts'
import type { NodeStore } from '../types.ts'
import type { TrainedState } from './personal-state.ts'

type Site = Pick<FittedSite, 'charterDigest' | 'identity' | 'config'>

/** As the seed of what is contributed; a site that only listens uses up no numbers, and counts its trainings instead. */
export function ownSeed(
  site: Site,
  store: Pick<NodeStore, 'nextSequence'>,
  kept: Pick<TrainedState, 'trainings'> | undefined,
): string {
  if (site.config.contribute) return trainingSeed(site, store)
  return `${site.charterDigest} ${site.identity.peer} unpublished ${(kept?.trainings ?? 0) + 1}`
}

/** Of a training that is not contributed, beside these contributions of others. */
export function renewalSeed({ charterDigest, identity: { peer } }: Site, others: readonly string[]): string {
  return `${charterDigest} ${peer} renewal ${others.join(' ')}`
}
