import type { Estimator } from '../rules/estimator.ts'
import { entrywise, medianMatrix } from './median.ts'

/** Each entry is the median of all terms' entries: every term has one voice, whatever its weight, and no Gram is looked at. */
export const coordinateMedian: Estimator = (terms) => medianMatrix(terms.map(({ value }) => value))

/**
 * Each entry is the mean of all terms' entries but for the ⌊share·K⌋ lowest and as many highest ones. One voice a term, without Grams.
 *
 * Order: from the smallest to the largest. Equal entries stay as they are but for rounding.
 *
 * @see Yin et al., Byzantine-robust distributed learning, arXiv:1803.01498
 */
export function trimmedMean(share: number): Estimator {
  return (terms) =>
    entrywise(
      terms.map(({ value }) => value),
      (ascending) => {
        const trimmed = Math.floor(share * ascending.length)
        const kept = ascending.subarray(trimmed, ascending.length - trimmed)
        return kept.reduce((sum, value) => sum + value, 0) / kept.length
      },
    )
}
