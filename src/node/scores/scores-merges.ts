import type { FittedSite } from '../fit-site.ts'

/** Whether a site's settings have it score merges on held-out samples; which those are, if any, its data say. */
export function scoresMerges({
  trainFraction,
  heldOut,
  scoreMerges,
}: Pick<FittedSite['config'], 'trainFraction' | 'heldOut' | 'scoreMerges'>): boolean {
  return scoreMerges && (trainFraction < 1 || heldOut !== undefined)
}
