import { denseGram } from '../linear/gram.ts'
import { trace } from '../linear/matrix.ts'
import { unpackSymmetric } from '../linear/packed-symmetric.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import type { Safetensors } from '../format/safetensors-reader.ts'
import type { ContributionHeader, Matrix, MergeSpec } from '../types.ts'
import { checkTrace, indefinite, MARGIN } from './check-trace.ts'
import { reject } from './validation.ts'

/**
 * [x;1]ᵀ[x;1] and [x;1]ᵀY: their last rows are sums of ones, so they must say the header's counts; the Gram must be
 * positive definite with half of the classifier's ridge on its features.
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
  checkGram(features, count, file, ridge)
}

/** [x;1]ᵀ[x;1] of an adapter contribution: as that of statistics, with half of the adapters' ridge. */
export function checkClassifierGram(
  { features, ridge }: MergeSpec,
  { count }: ContributionHeader,
  file: Safetensors,
): void {
  checkGram(features, count, file, ridge)
}

function checkGram(features: number, count: number, file: Safetensors, ridge: number): void {
  const gram = unpackSymmetric(file.tensor('classifier/gram').data, features + 1)
  const ones = gram.data[gram.data.length - 1]
  if (ones !== count)
    reject('wrong-count', `classifier/gram counts ${String(ones)} samples, header says ${count}`)
  const energy = trace(gram) - count
  checkTrace('classifier/gram', energy, count)
  addToFeatures(gram, (MARGIN * ridge * energy) / features)
  if (!isPositiveDefinite(denseGram(gram))) indefinite('classifier/gram')
}

function addToFeatures(gram: Matrix, added: number): void {
  for (let i = 0; i < gram.rows - 1; i++) gram.data[i * gram.cols + i]! += added
}
