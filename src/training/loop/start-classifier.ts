import { NotPositiveDefiniteError, solveAnalytic, unpackSymmetric } from '../../merge/index.ts'
import type { Classifier } from '../../merge/index.ts'
import { CLASSIFIER_BIAS, CLASSIFIER_WEIGHT } from '../model/model-graph.ts'
import { classifierStatistics } from '../passes/classifier-statistics.ts'
import type { SamplePass } from '../passes/sample-pass.ts'

/** λ of the discriminant, relative to the mean diagonal of the Gram; that of a charter's classifier. */
const RIDGE = 0.1

/**
 * By what the discriminant is shrunk. As it is, it fits the samples so well that the adapter has no slope left; from zeros the adapter is
 * first moved at random, which costs features that are good already. Measured: docs/results/methods/README.md.
 */
const SCALE = 0.05

/**
 * Gives classes that the classifier knows nothing of yet, rows of zeros, a start from the pass's own samples:
 *
 *   [w_c, b_c] = 0.05 · the linear discriminant of their features under the adapter at hand
 *
 * Classes without samples, and those that have rows, keep theirs. Changes the pass's values in place.
 *
 * @see linear probing before fine-tuning: Kumar et al., arXiv:2202.10054
 */
export async function startClassifier(pass: SamplePass): Promise<void> {
  const weight = pass.values.get(CLASSIFIER_WEIGHT)!
  const bias = pass.values.get(CLASSIFIER_BIAS)!
  const unknown = [...bias.keys()].filter((row) => isZero(weight, bias, row))
  const found = unknown.length === 0 ? undefined : await discriminant(pass)
  if (found === undefined) return
  const { counts, classifier } = found
  for (const row of unknown.filter((row) => counts[row]! > 0)) {
    const width = weight.length / bias.length
    const solved = classifier.weight.data.subarray(row * width, (row + 1) * width)
    weight.set(solved.map((value) => SCALE * value), row * width) // prettier-ignore
    bias[row] = SCALE * classifier.bias.data[row]!
  }
}

function isZero(weight: Float32Array, bias: Float32Array, row: number): boolean {
  const width = weight.length / bias.length
  return bias[row] === 0 && weight.subarray(row * width, (row + 1) * width).every((value) => value === 0)
}

/** Undefined where features hold nothing to tell classes by. */
async function discriminant(
  pass: SamplePass,
): Promise<{ counts: Float32Array; classifier: Classifier } | undefined> {
  const work = classifierStatistics(pass, true)
  let step = await work.next()
  while (step.done !== true) step = await work.next()
  const d = pass.model.backbone.features
  const { data } = step.value.cross()
  const cross = { rows: d + 1, cols: pass.model.classes, data: Float64Array.from(data) }
  const gram = unpackSymmetric(step.value.gram().data, d + 1)
  try {
    const classifier = solveAnalytic({ gram, cross }, { fit: 'discriminant', ridge: RIDGE })
    return { counts: data.subarray(d * cross.cols), classifier }
  } catch (error) {
    if (error instanceof NotPositiveDefiniteError) return undefined
    throw error
  }
}
