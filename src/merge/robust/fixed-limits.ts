import type { RobustSpec } from '../types.ts'

/**
 * Whether what limits a contribution depends on that contribution alone: a cap on samples that the charter names, with or without
 * normalised Grams. Then exact sums can take a contribution out again as they took it in.
 */
export function hasFixedLimits(robust: RobustSpec): boolean {
  const { countCap, energyCap, directionalCap, clip, filter, estimator = 'closed-form' } = robust
  const relative = [energyCap, directionalCap, clip, filter].some((limit) => limit !== undefined)
  return 'atMost' in countCap && !relative && estimator === 'closed-form'
}
