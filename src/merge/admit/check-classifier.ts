import { denseGram } from '../linear/gram.ts'
import { matrixFromTensor, trace } from '../linear/matrix.ts'
import { unpackSymmetric } from '../linear/packed-symmetric.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import type { Safetensors } from '../format/safetensors-reader.ts'
import type { ContributionHeader, Matrix, MergeSpec } from '../types.ts'
import { checkCrossSums, checkScatter } from './check-cross.ts'
import { checkTrace, indefinite, MARGIN } from './check-trace.ts'
import { reject } from './validation.ts'

/**
 * [x;1]ᵀ[x;1] and [x;1]ᵀY: their last rows are sums of ones, so they must say the header's counts; the Gram must be
 * positive definite with half of the classifier's ridge on its features; and the two must agree on sums and scatter.
 */
export function checkClassifierStatistics(
  { features, classifier }: MergeSpec,
  { count, classCounts }: ContributionHeader,
  file: Safetensors,
): void {
  const gram = unpackSymmetric(file.tensor('classifier/gram').data, features + 1)
  const ones = gram.data[gram.data.length - 1]
  if (ones !== count)
    reject('wrong-count', `classifier/gram counts ${String(ones)} samples, header says ${count}`)
  const cross = matrixFromTensor('classifier/cross', file.tensor('classifier/cross'), features + 1, classCounts.length) // prettier-ignore
  const last = cross.data.subarray(features * classCounts.length)
  const wrong = classCounts.findIndex((n, c) => last[c] !== n)
  if (wrong >= 0) {
    const said = `${String(last[wrong])} samples of class ${wrong}, header says ${String(classCounts[wrong])}`
    reject('wrong-class-counts', `classifier/cross counts ${said}`)
  }
  const energy = trace(gram) - count
  checkTrace('classifier/gram', energy, count)
  const ridge = classifier.rule === 'analytic' ? classifier.ridge : 0
  const margin = (MARGIN * ridge * energy) / features
  if (!isPositiveDefinite(denseGram(withFeatures(gram, margin)))) indefinite('classifier/gram')
  checkCrossSums(gram, cross, classCounts)
  checkScatter(gram, cross, classCounts, energy, margin)
}

/** G with this much more on the diagonal of its features. */
function withFeatures(gram: Matrix, added: number): Matrix {
  const data = gram.data.slice()
  for (let i = 0; i < gram.rows - 1; i++) data[i * gram.cols + i]! += added
  return { ...gram, data }
}
