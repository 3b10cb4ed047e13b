import type { Classifier, Matrix, Tensor } from '../types.ts'
import { solveSymmetric } from '../linear/symmetric-solve.ts'
import { zeros } from '../linear/matrix.ts'

/** Classifier inputs of samples, (n, d), and their classes as rows of the classifier. */
export interface LabelledFeatures {
  readonly features: Tensor
  readonly labels: ArrayLike<number>
}

/** Class means of a site, and what they were drawn from. */
export interface DrawnMeans {
  /** μ_c by rows, (c, d). */
  readonly means: Matrix
  /** Everybody's. */
  readonly everybody: Matrix
  /** τ. */
  readonly strength: number
  /** n_c^k, the site's samples of each class. */
  readonly ownCounts: Float64Array
  /** n_c, everybody's. */
  readonly counts: Float64Array
}

/** What a classifier gives samples. */
export interface Outputs {
  /** By sample, for the classes that anybody has samples of. */
  readonly rows: readonly Float64Array[]
  /** Those, as rows of the classifier. */
  readonly classes: readonly number[]
  /** Every sample's own class, as a place in `classes`. */
  readonly labels: readonly number[]
}

/**
 * Outputs of a site's own discriminant for its own samples, that of a sample's class as if its mean had been taken without it:
 *
 *   z_c(x) of a mean that lies at μ_c − ((x − μ_c) + τ/(n_c − 1)·(x − m_c)) / (n_c^k − 1 + τ)
 *
 * Without samples that statistics do not count, or that are all there is of a class. Precision: float64. Order: samples as they come. Cost: n·d² +
 * n·c·d products for n samples.
 *
 * @param scatter - N·S of the discriminant
 */
export function outputsLeftOut(
  { weight, bias }: Classifier,
  given: LabelledFeatures,
  drawn: DrawnMeans,
  scatter: Matrix,
): Outputs {
  const samples = countedOnly(given, drawn)
  const { features, labels } = samples
  const [n, d] = [labels.length, features.shape[1]!]
  const shifts = shiftsLeftOut(samples, drawn, scatter)
  const classes = [...drawn.counts.keys()].filter((c) => drawn.counts[c]! > 0)
  const output = (sample: number, c: number): number => {
    let sum = bias.data[c]!
    for (let i = 0; i < d; i++) sum += weight.data[c * d + i]! * features.data[sample * d + i]!
    return c === labels[sample] ? sum + shifts[sample]! : sum
  }
  const rows = Array.from({ length: n }, (_, sample) => Float64Array.from(classes, (c) => output(sample, c)))
  return { rows, classes, labels: Array.from(labels, (label) => classes.indexOf(label)) }
}

/** Samples that can be taken out of both means. */
function countedOnly({ features, labels }: LabelledFeatures, drawn: DrawnMeans): LabelledFeatures {
  const width = features.shape[1]!
  const kept = [...Array(labels.length).keys()].filter((n) => drawn.ownCounts[labels[n]!]! >= 1 && drawn.counts[labels[n]!]! > 1) // prettier-ignore
  const data = new Float32Array(kept.length * width)
  for (const [row, n] of kept.entries())
    data.set(features.data.subarray(n * width, (n + 1) * width), row * width)
  return { features: { shape: [kept.length, width], data }, labels: kept.map((n) => labels[n]!) }
}

/**
 * By how much −½ (x − μ)ᵀ S⁻¹ (x − μ) of a sample's class changes with its mean: (x − μ)ᵀ S⁻¹ Δ − ½ Δᵀ S⁻¹ Δ, for a mean that moves by Δ.
 * N·S is the scatter.
 */
function shiftsLeftOut(samples: LabelledFeatures, drawn: DrawnMeans, scatter: Matrix): Float64Array {
  const { data, cols, rows } = moves(samples, drawn)
  const solved = solveSymmetric(scatter, { data, cols, rows }, 'scatter of classifier/gram').data
  const total = drawn.counts.reduce((sum, n) => sum + n, 0)
  const shifts = new Float64Array(rows)
  for (let at = 0; at < data.length; at++) {
    const row = Math.floor(at / cols)
    const fromMean = samples.features.data[at]! - drawn.means.data[samples.labels[row]! * cols + (at % cols)]!
    shifts[row]! += total * solved[at]! * (fromMean - data[at]! / 2)
  }
  return shifts
}

/** Δ of every sample's class, (n, d). */
function moves({ features, labels }: LabelledFeatures, drawn: DrawnMeans): Matrix {
  const { means, everybody, strength, ownCounts, counts } = drawn
  const moved = zeros(labels.length, means.cols)
  for (let at = 0; at < moved.data.length; at++) {
    const c = labels[Math.floor(at / means.cols)]!
    const place = c * means.cols + (at % means.cols)
    const x = features.data[at]!
    const fromEverybody = (strength / (counts[c]! - 1)) * (x - everybody.data[place]!)
    moved.data[at] = -(x - means.data[place]! + fromEverybody) / (ownCounts[c]! - 1 + strength)
  }
  return moved
}
