import type { Classifier, ContributionView, Matrix, MergeSpec } from '../types.ts'
import { zeros } from '../linear/matrix.ts'
import { inAllRows } from '../tasks/in-all-rows.ts'
import { chooseAnchor } from '../units/choose-anchor.ts'
import { groupBy } from '../units/group-by.ts'
import { sumStatistics, type ClassifierStatistics } from './classifier-analytic.ts'
import { classMeans, ridgedScatter, samplesByClass, solveBetween } from './classifier-discriminant.ts'
import { meanStrength } from './mean-strength.ts'
import { outputsLeftOut, type DrawnMeans, type LabelledFeatures, type Outputs } from './left-out.ts'
import { statisticShares } from './statistic-shares.ts'

export interface OwnClassifierInit {
  readonly peer: string
  /** How many samples everybody's class mean counts as, above 0. @default as sites' means say (`meanStrength`) */
  readonly strength?: number | undefined
  /** Samples of the site's own that its statistics count. @default none */
  readonly samples?: LabelledFeatures | undefined
}

/** A classifier of one site's own, and what it is made of. */
export interface OwnClassifier {
  readonly classifier: Classifier
  readonly strength: number
  /** Samples of each class: the site's, and everybody's. */
  readonly counts: { readonly own: Float64Array; readonly all: Float64Array }
  /** Of the samples given. */
  readonly leftOut: Outputs | undefined
  /** Feature map of the statistics; null for the frozen backbone. */
  readonly anchor: string | null
  /** Contributions, ascending. */
  readonly ids: readonly string[]
}

/**
 * The linear discriminant of one site's own: its class means, in everybody's scatter within classes. A mean of few own samples is drawn
 * towards everybody's, which counts as τ = `strength` samples.
 *
 *   μ_c = (C_c^k + τ · C_c / n_c) / (n_c^k + τ)          S, ridge and outputs as in the merge's discriminant, with all sites' samples
 *
 * for site k: the posterior mean where the site's class mean differs from everybody's by a normal deviation of 1/τ of
 * the spread of samples within a class. A class of which the site has no samples has everybody's mean; τ → ∞ is the merge's classifier but for a
 * number that all classes share. A class that nobody has samples of is never predicted. It costs the site a few solves more, and others nothing.
 * Shapes, precision, order: as `solveDiscriminant`.
 *
 * @param statistics - those that the merge counts
 * @returns undefined where the charter has no discriminant, or where the site's statistics are not among those that the merge sums up
 * @see James and Stein 1961; Efron and Morris 1973 (empirical Bayes of group means)
 */
export function ownClassifier(
  spec: MergeSpec,
  statistics: readonly ContributionView[],
  { peer, strength, samples }: OwnClassifierInit,
): OwnClassifier | undefined {
  const rule = spec.classifier
  const chosen = chooseAnchor(statistics)
  if (rule.rule !== 'analytic' || rule.fit !== 'discriminant' || chosen === undefined) return undefined
  const own = chosen.statistics.filter(({ header }) => header.peer === peer)
  if (own.length === 0) return undefined
  const sum = (views: readonly ContributionView[], shares?: readonly number[]): ClassifierStatistics =>
    sumStatistics(spec, views.map((view) => inAllRows(spec, view)), shares) // prettier-ignore
  const all = sum(chosen.statistics, statisticShares(spec.robust, chosen.statistics))
  const scatter = ridgedScatter(all, rule.ridge)
  const sites = groupBy(chosen.statistics, ({ header }) => header.peer)
  const τ = strength ?? meanStrength(scatter, [...sites.values()].map((views) => sum(views))) // prettier-ignore
  const drawn = drawnMeans(sum(own).cross, all.cross, τ)
  const centre = weightedCentre(drawn.means, samplesByClass(all.cross))
  const classifier = solveBetween(all, scatter, { means: drawn.means, centre })
  const leftOut = samples && outputsLeftOut(classifier, samples, drawn, scatter)
  const ids = chosen.statistics.map(({ id }) => id).sort()
  const counts = { own: drawn.ownCounts, all: drawn.counts }
  return { classifier, strength: τ, counts, leftOut, anchor: chosen.anchor, ids }
}

/** μ_c by rows. */
function drawnMeans(own: Matrix, all: Matrix, strength: number): DrawnMeans {
  const ownCounts = samplesByClass(own)
  const everybody = classMeans(all)
  const { cols } = everybody
  const data = everybody.data.map((mean, at) => {
    const [c, i] = [Math.floor(at / cols), at % cols]
    return (own.data[i * own.cols + c]! + strength * mean) / (ownCounts[c]! + strength)
  })
  return { means: { ...everybody, data }, everybody, strength, ownCounts, counts: samplesByClass(all) }
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
