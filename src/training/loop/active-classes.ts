import type { ParameterRange } from '../adapters/adapter.ts'
import { CLASSIFIER_BIAS, CLASSIFIER_WEIGHT } from '../model/model-graph.ts'

/** Added to the logits of classes that are not trained: their softmax share, and with it every slope of theirs, is exactly 0. */
const SHUT_OUT = -1e9

/** What is added to the logits so that only some classes compete: 0 for them, −1e9 for the others. (classes) */
export function classOffsets(active: readonly number[] | undefined, classes: number): Float32Array {
  if (active === undefined) return new Float32Array(classes)
  const offsets = new Float32Array(classes).fill(SHUT_OUT)
  for (const row of active) offsets[row] = 0
  return offsets
}

/** `offsets` and the log of each class's share of the samples; a class without samples is shut out. Changed in place. */
export function addPriors(offsets: Float32Array, classCounts: readonly number[]): Float32Array {
  const total = classCounts.reduce((sum, count) => sum + count, 0)
  for (const [row, count] of classCounts.entries()) {
    if (count === 0) offsets[row] = SHUT_OUT
    else offsets[row]! += Math.log(count / total)
  }
  return offsets
}

/** Classes of which there are so many samples, ascending; undefined where no sample is of another one. */
export function enoughOf(classCounts: readonly number[], least: number): number[] | undefined {
  if (classCounts.every((count) => count === 0 || count >= least)) return undefined
  return [...classCounts.keys()].filter((row) => classCounts[row]! >= least)
}

/**
 * Narrows what is trained to some rows of the classifier. Without that an optimizer would move the other rows without any slope, by
 * weight decay and by what is left in its moments.
 */
export function onlyRowsOf(
  ranges: readonly ParameterRange[],
  values: ReadonlyMap<string, Float32Array>,
  active: readonly number[] | undefined,
): ParameterRange[] {
  if (active === undefined) return [...ranges]
  const classes = values.get(CLASSIFIER_BIAS)!.length
  return ranges.flatMap((range) => {
    if (range.parameter !== CLASSIFIER_WEIGHT && range.parameter !== CLASSIFIER_BIAS) return [range]
    const width = values.get(range.parameter)!.length / classes
    return active.map((row) => ({ ...range, from: row * width, to: (row + 1) * width }))
  })
}
