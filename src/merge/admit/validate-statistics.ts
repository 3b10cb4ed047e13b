import { MAX_ENERGY_PER_SAMPLE } from '../constants.ts'
import { gramName } from '../format/contribution-tensors.ts'
import { isPositiveDefinite } from '../linear/ldlt.ts'
import { trace } from '../linear/matrix.ts'
import { packedLength, unpackSymmetric } from '../linear/packed-symmetric.ts'
import { withRidge } from '../rules/ridge.ts'
import type { Safetensors } from '../format/safetensors-reader.ts'
import type { ContributionHeader, Matrix, MergeSpec } from '../types.ts'
import { reject } from './validation.ts'

/**
 * Share of the ridge under which a Gram must already be positive definite. The other half keeps every admitted Gram, and
 * so every sum of them, well away from singular: a merge of admitted contributions cannot fail.
 */
const MARGIN = 0.5

/** Each module's (for ravan each trained head's) S = A G Aᵀ: plausible trace, positive definite with half the ridge. */
export function checkGrams(spec: MergeSpec, { count }: ContributionHeader, file: Safetensors): void {
  const { rank } = spec.adapter
  const length = packedLength(rank)
  for (const module of spec.modules) {
    const { data } = file.tensor(gramName(module.name))
    for (let at = 0; at < data.length; at += length) {
      const name =
        data.length > length ? `${gramName(module.name)}, row ${at / length}` : gramName(module.name)
      const gram = unpackSymmetric(data.subarray(at, at + length), rank)
      checkTrace(name, trace(gram), count)
      if (!isPositiveDefinite(withRidge(gram, MARGIN * spec.ridge))) indefinite(name)
    }
  }
}

/**
 * [x;1]ᵀ[x;1] and [x;1]ᵀY: their last rows are sums of ones, so they must say the header's counts; the Gram must be
 * positive definite with half of the classifier's ridge on its features.
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
  const { data: cross } = file.tensor('classifier/cross')
  const last = cross.subarray(features * classCounts.length)
  const wrong = classCounts.findIndex((n, c) => last[c] !== n)
  if (wrong >= 0) {
    const said = `${String(last[wrong])} samples of class ${wrong}, header says ${String(classCounts[wrong])}`
    reject('wrong-class-counts', `classifier/cross counts ${said}`)
  }
  const energy = trace(gram) - count
  checkTrace('classifier/gram', energy, count)
  const ridge = classifier.rule === 'analytic' ? classifier.ridge : 0
  addToFeatures(gram, (MARGIN * ridge * energy) / features)
  if (!isPositiveDefinite(gram)) indefinite('classifier/gram')
}

function addToFeatures(gram: Matrix, added: number): void {
  for (let i = 0; i < gram.rows - 1; i++) gram.data[i * gram.cols + i]! += added
}

function checkTrace(name: string, sum: number, count: number): void {
  if (sum > 0 && sum <= count * MAX_ENERGY_PER_SAMPLE) return
  const most = count * MAX_ENERGY_PER_SAMPLE
  reject('bad-trace', `${name} has trace ${sum}, expected above 0 and at most ${most} for ${count} samples`)
}

function indefinite(name: string): never {
  return reject('indefinite-gram', `${name} is not positive definite with half of its ridge`)
}
