import { unpackRight, type RightSamples } from '../right-samples.ts'
import type { Interval } from './interval.ts'

/** By seed, which held-out samples a row was right on; of the same samples in the same order. */
export type RightBySeed = ReadonlyMap<number, RightSamples>

/**
 * The difference of two rows, as if not only seeds but held-out samples, too, were drawn anew. With d_si = right_si − reference_si of seed s
 * and sample i,
 *
 *   half = √(half_s² + (1.96 · sd_i(mean_s d_si) / √n)²),
 *
 * where half_s is the half-width over seeds. What seed and sample do together is in both terms, so that the interval is rather too wide than
 * too narrow. Unchanged where a seed has no record of its samples, or there is one seed alone.
 *
 * @see Cameron, Gelbach, Miller 2011, “Robust Inference with Multiway Clustering”, eq. 2.11 without the subtracted term
 */
export function withSamples(overSeeds: Interval, row: RightBySeed, reference: RightBySeed): Interval {
  const pairs = [...row].flatMap(([seed, own]) => {
    const other = reference.get(seed)
    return other?.count === own.count ? [[unpackRight(own), unpackRight(other)] as const] : []
  })
  if (overSeeds.half === undefined || pairs.length < overSeeds.count) return overSeeds
  const differences = Array.from(pairs[0]![0], (_, i) =>
    mean(pairs.map(([own, other]) => own[i]! - other[i]!)),
  )
  const spread = standardError(differences)
  return { ...overSeeds, half: Math.hypot(overSeeds.half, 1.96 * spread), samples: differences.length }
}

function standardError(values: readonly number[]): number {
  const middle = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  return Math.sqrt(squares / Math.max(values.length - 1, 1) / values.length)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
