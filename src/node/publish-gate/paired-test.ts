/** Errors of the first kind: of sites whose training changes nothing on the whole, at most one in twenty is told that it got worse. */
const LEVEL = 0.05

/** Two models on the same samples. */
export interface PairedTest {
  readonly samples: number
  /** Samples that each has right. */
  readonly before: number
  readonly after: number
  /** Samples that only the one before has right, and only the one after. */
  readonly lost: number
  readonly gained: number
  /** Chance of so many losses among what differs, or more, where loss and gain are equally likely. */
  readonly chance: number
  /** More lost than gained, and more than chance explains. */
  readonly isWorse: boolean
}

/**
 * The exact one-sided sign test of McNemar: only samples on which the models differ tell which of them is better.
 *
 *   chance = Σ_{k = lost … n} C(n, k) / 2ⁿ      n = lost + gained
 *
 * With fewer than 5 samples that differ nothing is ever called worse.
 *
 * @param before - sample by sample, 1 where the model was right; `after` likewise, in the same order
 */
export function pairedTest(before: Uint8Array, after: Uint8Array): PairedTest {
  const count = (holds: (i: number) => boolean): number => before.filter((_, i) => holds(i)).length
  const lost = count((i) => before[i]! > after[i]!)
  const gained = count((i) => before[i]! < after[i]!)
  const chance = upperTail(lost, lost + gained)
  return {
    samples: before.length,
    before: count((i) => before[i] === 1),
    after: count((i) => after[i] === 1),
    lost,
    gained,
    chance,
    isWorse: lost > gained && chance <= LEVEL,
  }
}

/** P(X ≥ least) of `n` throws of a fair coin. */
function upperTail(least: number, n: number): number {
  let log = -n * Math.LN2 // of C(n, k) / 2ⁿ, which float64 cannot hold for large n
  let sum = least === 0 ? Math.exp(log) : 0
  for (let k = 1; k <= n; k++) {
    log += Math.log((n - k + 1) / k)
    if (k >= least) sum += Math.exp(log)
  }
  return Math.min(sum, 1)
}
