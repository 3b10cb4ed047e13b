import type { Classifier, ContributionView, Matrix, MergeSpec } from '../types.ts'
import { zeros } from '../linear/matrix.ts'
import { inAllRows } from '../tasks/in-all-rows.ts'
import { chooseAnchor } from '../units/choose-anchor.ts'
import { sumStatistics, type ClassifierStatistics } from './classifier-analytic.ts'
import { classMeans, samplesByClass, solveBetween } from './classifier-discriminant.ts'
import { statisticShares } from './statistic-shares.ts'

/** A classifier of one site's own, and what it is made of. */
export interface OwnClassifier {
  readonly classifier: Classifier
  /** Feature map of the statistics; null for the frozen backbone. */
  readonly anchor: string | null
  /** Contributions, ascending. */
  readonly ids: readonly string[]
}

/**
 * The linear discriminant of one site's own: its class means, in everybody's scatter within classes. A mean of few own samples is drawn
 * towards everybody's, which counts as `strength` samples.
 *
 *   μ_c = (C_c^k + τ · C_c / n_c) / (n_c^k + τ)          S, ridge and outputs as in the merge's discriminant, with all sites' samples
 *
 * for site k and τ = strength: the posterior mean where the site's class mean differs from everybody's by a normal deviation of 1/τ of
 * the spread of samples within a class. A class of which the site has no samples has everybody's mean; τ → ∞ is the merge's classifier but for a
 * number that all classes share. A class that nobody has samples of is never predicted. It costs the site one solve more, and others nothing.
 * Shapes, precision, order: as `solveDiscriminant`.
 *
 * @param statistics - those that the merge counts
 * @param strength - above 0; samples
 * @returns undefined where the charter has no discriminant, or where the site's statistics are not among those that the merge sums up
 * @see James and Stein 1961; Efron and Morris 1973 (empirical Bayes of group means)
 */
export function ownClassifier(
  spec: MergeSpec,
  statistics: readonly ContributionView[],
  peer: string,
  strength: number,
): OwnClassifier | undefined {
  const rule = spec.classifier
  const chosen = chooseAnchor(statistics)
  if (rule.rule !== 'analytic' || rule.fit !== 'discriminant' || chosen === undefined) return undefined
  const own = chosen.statistics.filter(({ header }) => header.peer === peer)
  if (own.length === 0) return undefined
  const sum = (views: readonly ContributionView[], shares?: readonly number[]): ClassifierStatistics =>
    sumStatistics(spec, views.map((view) => inAllRows(spec, view)), shares) // prettier-ignore
  const all = sum(chosen.statistics, statisticShares(spec.robust, chosen.statistics))
  const means = drawnMeans(sum(own).cross, all.cross, strength)
  const centre = weightedCentre(means, samplesByClass(all.cross))
  const classifier = solveBetween(all, rule.ridge, { means, centre })
  return { classifier, anchor: chosen.anchor, ids: chosen.statistics.map(({ id }) => id).sort() }
}

/** μ_c by rows. (c, d) */
function drawnMeans(own: Matrix, all: Matrix, strength: number): Matrix {
  const counts = samplesByClass(own)
  const means = classMeans(all)
  const { cols } = means
  const drawn = means.data.map((mean, at) => {
    const [c, i] = [Math.floor(at / cols), at % cols]
    return (own.data[i * own.cols + c]! + strength * mean) / (counts[c]! + strength)
  })
  return { ...means, data: drawn }
}

/** Σ_c n_c μ_c / N, from which offsets add up to nothing: so outputs of classes without samples stay below the mean of the others. (d, 1) */
function weightedCentre({ rows, cols, data }: Matrix, counts: Float64Array): Matrix {
  const centre = zeros(cols, 1)
  const samples = counts.reduce((sum, n) => sum + n, 0)
  for (let c = 0; c < rows; c++) {
    for (let i = 0; i < cols; i++) centre.data[i]! += (counts[c]! / samples) * data[c * cols + i]!
  }
  return centre
}
