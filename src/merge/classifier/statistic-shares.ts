import { countShares, energyShares } from '../robust/caps.ts'
import { hasFixedLimits } from '../robust/fixed-limits.ts'
import type { ContributionView, RobustSpec } from '../types.ts'

/**
 * Which part of each site's classifier statistics counts. Gram and cross product are scaled alike, so the site's own solution stays
 * what it is; only how loud it is changes. Which classes a site holds plays no part.
 *
 *   min(1, cap/n) · min(1, energyCap · median(e)/e)        e = tr(G over features)/n
 *
 * Exactly 1 for everybody without `robust`, for one or two sites under limits that compare sites, and where no cap binds.
 */
export function statisticShares(
  robust: RobustSpec | undefined,
  statistics: readonly ContributionView[],
): readonly number[] {
  if (robust === undefined) return statistics.map(() => 1)
  if (statistics.length < 3 && !hasFixedLimits(robust)) return statistics.map(() => 1)
  const counts = statistics.map(({ header }) => header.count)
  const byCount = countShares(robust.countCap, counts)
  if (robust.energyCap === undefined) return byCount
  const byEnergy = energyShares(robust.energyCap, statistics.map((view) => featureTrace(view) / view.header.count)) // prettier-ignore
  return byCount.map((share, i) => share * byEnergy[i]!)
}

/** Sum of the diagonal of the packed Gram but for its last entry, which counts samples. */
function featureTrace(view: ContributionView): number {
  const { data } = view.tensor('classifier/gram')
  let sum = 0
  for (let i = 0, at = 0; at < data.length - 1; i++, at += i + 1) sum += data[at]!
  return sum
}
