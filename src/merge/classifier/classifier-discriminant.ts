import { matmul, trace, zeros } from '../linear/matrix.ts'
import { solveSymmetric } from '../linear/symmetric-solve.ts'
import { withinClasses } from '../linear/within-classes.ts'
import type { Classifier, Matrix } from '../types.ts'
import type { ClassifierStatistics } from './classifier-analytic.ts'
import { joined, splitIntercept } from './classifier-rows.ts'

/**
 * The linear discriminant of all sites' samples together, whatever the split: every class a normal distribution around its mean, all of
 * one covariance and all equally likely.
 *
 *   z_c(x) = δ_cᵀ S⁻¹ (x − m) − ½ δ_cᵀ S⁻¹ δ_c      δ_c = μ_c − m,  μ_c = C_c / n_c,  m the mean of all samples
 *   N·S = G_x − 0.98·Σ_c C_c C_cᵀ / n_c + λI         λ = ridge · tr(G_x)/d
 *
 * Shapes, for d features and c classes: G = [x;1]ᵀ[x;1] (d+1, d+1), C = [x;1]ᵀY (d+1, c), weight (c, d), bias (c).
 * S is the scatter within classes that admission checks, so that sums of admitted statistics can always be solved (`checkScatter`).
 * A class without samples has weight 0 and the bias −½ Σ_c (n_c/N) δ_cᵀ S⁻¹ δ_c − 1: the mean of the other outputs, weighted by their samples,
 * is one more than that for every input, so such a class is never predicted.
 * Units: outputs are natural logarithms of likelihoods, but for a number that all classes share.
 * Precision: float64, rounded to float32 once. Order: classes and samples as they come.
 * Cost: d²·c/2 products for the scatter, d³/6 and d²·c for the solve.
 *
 * @see Fisher 1936; from streamed statistics: Hayes and Kanan, arXiv:1909.01520
 * @throws NotPositiveDefiniteError - not for admitted statistics
 */
export function solveDiscriminant(statistics: ClassifierStatistics, ridge: number): Classifier {
  return solveBetween(statistics, ridgedScatter(statistics, ridge), {
    means: classMeans(statistics.cross),
    centre: columnMean(statistics.gram),
  })
}

/** N·S, (d, d). */
export function ridgedScatter({ gram, cross }: ClassifierStatistics, ridge: number): Matrix {
  const d = gram.rows - 1
  const scatter = withinClasses(gram, cross.data, samplesByClass(cross))
  const lambda = (ridge * (trace(gram) - sampleCount(gram))) / d
  for (let i = 0; i < d; i++) scatter.data[i * d + i]! += lambda
  return scatter
}

/** The last entry of [x;1]ᵀ[x;1]. */
export function sampleCount({ data }: Matrix): number {
  return data[data.length - 1]!
}

/** Where classes are, (c, d), and what outputs are told from, (d, 1): any point gives the same differences between classes. */
interface Places {
  readonly means: Matrix
  readonly centre: Matrix
}

/** The discriminant of classes at these places, in a scatter N·S of all samples within their classes. */
export function solveBetween(
  { gram, cross }: ClassifierStatistics,
  scatter: Matrix,
  { means, centre }: Places,
): Classifier {
  const samples = sampleCount(gram)
  const counts = samplesByClass(cross)
  const offsets = classOffsets(means, counts, centre) // (c, d)
  const solved = solveSymmetric(scatter, offsets, 'scatter of classifier/gram')
  const weight = { ...solved, data: solved.data.map((entry) => samples * entry) }
  return splitIntercept(joined(weight, intercepts(weight, offsets, { counts, mean: centre, samples })))
}

/** The last row of [x;1]ᵀY. (c) */
export function samplesByClass({ rows, cols, data }: Matrix): Float64Array {
  return data.subarray((rows - 1) * cols)
}

/** C_c / n_c by rows, (c, d); 0 for a class without samples. */
export function classMeans(cross: Matrix): Matrix {
  const counts = samplesByClass(cross)
  const means = zeros(cross.cols, cross.rows - 1)
  for (const [c, n] of counts.entries()) {
    for (let i = 0; i < means.cols && n > 0; i++) {
      means.data[c * means.cols + i] = cross.data[i * cross.cols + c]! / n
    }
  }
  return means
}

/** The last row of [x;1]ᵀ[x;1] over the number of samples, (d, 1). */
function columnMean(gram: Matrix): Matrix {
  const d = gram.rows - 1
  const samples = sampleCount(gram)
  return { rows: d, cols: 1, data: gram.data.slice(d * gram.cols, -1).map((sum) => sum / samples) }
}

/** δ_c by rows; 0 for a class without samples. */
function classOffsets(means: Matrix, counts: Float64Array, centre: Matrix): Matrix {
  const { cols } = means
  return { ...means, data: means.data.map((mean, at) => (counts[Math.floor(at / cols)] === 0 ? 0 : mean - centre.data[at % cols]!)) } // prettier-ignore
}

interface Samples {
  readonly counts: Float64Array
  readonly mean: Matrix
  readonly samples: number
}

/** −w_cᵀm − ½ w_cᵀδ_c, and for a class without samples less than the mean of what all others give. (c, 1) */
function intercepts(weight: Matrix, offsets: Matrix, { counts, mean, samples }: Samples): Matrix {
  const { rows, cols, data } = weight
  const towardsMean = matmul(weight, mean)
  const distances = new Float64Array(rows)
  for (let at = 0; at < data.length; at++) distances[Math.floor(at / cols)]! += data[at]! * offsets.data[at]!
  const spread = distances.reduce((sum, distance, c) => sum + (counts[c]! / samples) * distance, 0)
  const bias = (c: number): number =>
    counts[c] === 0 ? -spread / 2 - 1 : -towardsMean.data[c]! - distances[c]! / 2
  return { rows, cols: 1, data: Float64Array.from({ length: rows }, (_, c) => bias(c)) }
}
