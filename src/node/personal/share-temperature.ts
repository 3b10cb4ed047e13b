import type { Outputs } from '../../merge/index.ts'

/** Outputs that are this much too sure know next to nothing. */
const MOST = 64
/** Halvings of the interval. */
const STEPS = 40

/**
 * What outputs have to be divided by for the samples' classes to be most likely under the logarithms of class shares:
 *
 *   max over T of Σ_n ln softmax(z_n / T + ln π)[y_n]        1 ≤ T ≤ 64
 *
 * The sum is concave in 1/T, so its derivative Σ_n z_n[y_n] − E z_n has one zero, which is halved down to. T = 1, outputs as they are, where
 * there are no samples. Cost: 40 exponentials an output.
 *
 * @see Platt 1999; Guo et al. 2017, arXiv:1706.04599 (temperature scaling)
 */
export function shareTemperature({ rows, classes, labels }: Outputs, logShares: Float64Array): number {
  const shares = Float64Array.from(classes, (c) => logShares[c]!)
  const slope = (scale: number): number =>
    rows.reduce((sum, row, n) => sum + row[labels[n]!]! - expected(row, scale, shares), 0)
  let [low, high] = [1 / MOST, 1]
  if (slope(high) >= 0) return 1
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2
    if (slope(middle) > 0) low = middle
    else high = middle
  }
  return 1 / high
}

/** Σ_c z_c softmax(scale · z + ln π)_c */
function expected(row: Float64Array, scale: number, shares: Float64Array): number {
  const logits = row.map((z, c) => scale * z + shares[c]!)
  const highest = logits.reduce((most, z) => Math.max(most, z), -Infinity)
  let [sum, weighed] = [0, 0]
  for (const [c, logit] of logits.entries()) {
    const weight = Math.exp(logit - highest)
    sum += weight
    weighed += weight * row[c]!
  }
  return weighed / sum
}
