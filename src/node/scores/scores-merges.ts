import type { SiteConfig } from '../home.ts'

/** Whether a site's settings have it score merges on held-out samples; which those are, if any, its data say. */
export function scoresMerges({
  data,
  trainFraction,
  heldOut,
  scoreMerges,
}: Pick<SiteConfig, 'data' | 'trainFraction' | 'heldOut' | 'scoreMerges'>): boolean {
  return scoreMerges && data !== undefined && (trainFraction < 1 || heldOut !== undefined)
}
