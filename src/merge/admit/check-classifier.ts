import { denseGram } from '../linear/gram.ts'
import { trace } from '../linear/matrix.ts'
import { unpackSymmetric } from '../linear/packed-symmetric.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import type { Safetensors } from '../format/safetensors-reader.ts'
import type { ContributionHeader, Matrix, MergeSpec } from '../types.ts'
import { areBothDefinite } from './are-both-definite.ts'
import { checkScatter } from './check-scatter.ts'
import { checkTrace, indefinite, MARGIN } from './check-trace.ts'
import { reject } from './validation.ts'

/**
 * [x;1]ᵀ[x;1] and [x;1]ᵀY: their last rows are sums of ones, so they must say the header's counts; the Gram must be
 * positive definite with half of the classifier's ridge on its features; the cross product must be one of samples with this Gram.
 */
export function checkClassifierStatistics(
  { features, classifier }: MergeSpec,
  { count, classCounts }: ContributionHeader,
  file: Safetensors,
): void {
  const { data: cross } = file.tensor('classifier/cross')
  const last = cross.subarray(features * classCounts.length)
  const wrong = classCounts.findIndex((n, c) => last[c] !== n)
  if (wrong >= 0) {
    const said = `${String(last[wrong])} samples of class ${wrong}, header says ${String(classCounts[wrong])}`
    reject('wrong-class-counts', `classifier/cross counts ${said}`)
  }
  const ridge = classifier.rule === 'analytic' ? classifier.ridge : 0
  const gram = classifierGram(features, file)
  const energy = checkEnergy(gram, count)
  checkCross(gram, cross, classCounts)
  const margin = (MARGIN * ridge * energy) / features
  if (areBothDefinite(gram, cross, classCounts, margin)) return
  checkDefinite({ ...gram, data: gram.data.slice() }, energy, ridge)
  checkScatter(gram, cross, classCounts, margin)
}

/** [x;1]ᵀ[x;1] of an adapter contribution: as that of statistics, with half of the adapters' ridge. */
export function checkClassifierGram(
  { features, ridge }: MergeSpec,
  { count }: ContributionHeader,
  file: Safetensors,
): void {
  const gram = classifierGram(features, file)
  checkDefinite(gram, checkEnergy(gram, count), ridge)
}

function classifierGram(features: number, file: Safetensors): Matrix {
  return unpackSymmetric(file.tensor('classifier/gram').data, features + 1)
}

/** Count and trace; returns the sum of squares of all features. */
function checkEnergy(gram: Matrix, count: number): number {
  const ones = gram.data[gram.data.length - 1]
  if (ones !== count) reject('wrong-count', `classifier/gram counts ${String(ones)} samples, header says ${count}`) // prettier-ignore
  const energy = trace(gram) - count
  checkTrace('classifier/gram', energy, count)
  return energy
}

/** Overwrites the Gram. */
function checkDefinite(gram: Matrix, energy: number, ridge: number): void {
  addToFeatures(gram, (MARGIN * ridge * energy) / (gram.rows - 1))
  if (!isPositiveDefinite(denseGram(gram))) indefinite('classifier/gram')
}

/** How far honest sums may be off, in units of √(n·G_ii): those of float32, or of a GPU that rounds products to ten bits. */
const CROSS_TOLERANCE = 0.01

/**
 * The square of a feature that a backbone has all but switched off is too small for float32 and its energy 0, while its sum is not yet: what
 * rounding may have taken is less than the smallest number.
 */
const LEAST_ENERGY = 2 ** -149

/**
 * The sum of a feature over the samples of a class is at most √(n_c·G_ii), as Cauchy and Schwarz have it, and 0 for a class without samples; over
 * all classes it is the Gram's last column, as every sample has one label. Without the bound a tiny Gram and a huge cross product give a
 * classifier that no float32 can hold, and nobody could merge any more.
 */
function checkCross(gram: Matrix, cross: Float32Array, classCounts: readonly number[]): void {
  const classes = classCounts.length
  const size = gram.rows
  for (let i = 0; i < size - 1; i++) {
    const energy = Math.max(0, gram.data[i * size + i]!) * (1 + CROSS_TOLERANCE) + LEAST_ENERGY
    let sum = 0
    for (let c = 0; c < classes; c++) {
      const value = cross[i * classes + c]!
      sum += value
      if (value * value > classCounts[c]! * energy) reject('bad-cross', `classifier/cross, feature ${i} of class ${c} is ${value}, at most ±√(${classCounts[c]!}·${gram.data[i * size + i]!})`) // prettier-ignore
    }
    const off = sum - gram.data[(size - 1) * size + i]!
    const most = CROSS_TOLERANCE * Math.sqrt(gram.data[size * size - 1]! * energy)
    if (Math.abs(off) > most) reject('bad-cross', `classifier/cross, feature ${i} adds up to ${sum}, classifier/gram says ${gram.data[(size - 1) * size + i]!}`) // prettier-ignore
  }
}

function addToFeatures(gram: Matrix, added: number): void {
  for (let i = 0; i < gram.rows - 1; i++) gram.data[i * gram.cols + i]! += added
}
