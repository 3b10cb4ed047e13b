import type { CountCap } from '../types.ts'
import { median } from './median.ts'

/**
 * Which part of what a contribution says counts, 0 to 1 for each.
 *
 *   min(1, cap/n)      cap = times · median(n), or atMost whatever the others declare
 *
 * Exactly 1 where the cap does not bind. Of one or two counts no multiple from 2 on ever binds.
 */
export function countShares(cap: CountCap, counts: readonly number[]): readonly number[] {
  const most = 'atMost' in cap ? cap.atMost : cap.times * median(counts)
  return counts.map((count) => (count > most ? most / count : 1))
}

/** Likewise of energies per sample (traces ÷ samples); without a cap everything counts. */
export function energyShares(times: number | undefined, energies: readonly number[]): readonly number[] {
  return times === undefined ? energies.map(() => 1) : countShares({ times }, energies)
}
