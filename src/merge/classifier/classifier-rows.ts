import { matrixFromTensor, tensorFromMatrix, zeros } from '../linear/matrix.ts'
import type { WeightedContribution } from '../rules/adapter-rule.ts'
import type { Classifier, ContributionView, Matrix, MergeSpec } from '../types.ts'

/** A contribution and its rows [W | b], one a class: (classes, features + 1). */
export interface ClassifierTerm extends WeightedContribution {
  readonly rows: Matrix
}

/** @throws ShapeMismatchError - not for admitted contributions */
export function classifierTerms(
  spec: MergeSpec,
  contributions: readonly WeightedContribution[],
): readonly ClassifierTerm[] {
  return contributions.map((one) => ({ ...one, rows: joinIntercept(spec, one.view) }))
}

function joinIntercept({ classes, features }: MergeSpec, view: ContributionView): Matrix {
  const weight = matrixFromTensor('classifier/weight', view.tensor('classifier/weight'), classes.length, features) // prettier-ignore
  const bias = matrixFromTensor('classifier/bias', view.tensor('classifier/bias'), classes.length, 1)
  return joined(weight, bias)
}

/** Rows [W | b] of an output layer. */
export function withIntercept({ weight, bias }: Classifier): Matrix {
  const [classes, features] = weight.shape as [number, number]
  return joined(
    matrixFromTensor('classifier/weight', weight, classes, features),
    matrixFromTensor('classifier/bias', bias, classes, 1),
  )
}

/** [W | b]: W (c, d), b (c, 1). */
export function joined(weight: Matrix, bias: Matrix): Matrix {
  const { rows, cols } = weight
  const result = zeros(rows, cols + 1)
  for (let c = 0; c < rows; c++) {
    result.data.set(weight.data.subarray(c * cols, (c + 1) * cols), c * result.cols)
    result.data[(c + 1) * result.cols - 1] = bias.data[c]!
  }
  return result
}

/** W of [W | b]. */
export function withoutIntercept({ rows, cols, data }: Matrix): Matrix {
  const result = zeros(rows, cols - 1)
  for (let c = 0; c < rows; c++) {
    result.data.set(data.subarray(c * cols, (c + 1) * cols - 1), c * (cols - 1))
  }
  return result
}

/** Weight (classes, features) and bias (classes) of rows [W | b], rounded to float32. */
export function splitIntercept(rows: Matrix): Classifier {
  const { rows: c, cols } = rows
  const bias = zeros(c, 1)
  for (let i = 0; i < c; i++) bias.data[i] = rows.data[(i + 1) * cols - 1]!
  return {
    weight: tensorFromMatrix('classifier/weight', withoutIntercept(rows)),
    bias: tensorFromMatrix('classifier/bias', bias, [c]),
  }
}

export function rowOf({ cols, data }: Matrix, c: number): Float64Array {
  return data.subarray(c * cols, (c + 1) * cols)
}

/** Whether anybody who still weighs has samples of class c. */
export function isHeld(terms: readonly WeightedContribution[], c: number): boolean {
  return terms.some(({ view, weight }) => weight * view.header.classCounts[c]! > 0)
}

/**
 * The row of class c where all say the same to the bit: a solve would return it to rounding only. So rows outside a task, which nobody
 * trains, keep their value.
 */
export function agreedRow(terms: readonly ClassifierTerm[], c: number): Float64Array | undefined {
  const [first, ...rest] = terms.map(({ rows }) => rowOf(rows, c))
  return rest.every((row) => row.every((value, i) => value === first![i])) ? first : undefined
}

/** Merged rows, but for those that all say alike, and those of classes that nobody holds, which keep the start value, zero. */
export function keepRows(merged: Matrix, terms: readonly ClassifierTerm[]): Matrix {
  const result = zeros(merged.rows, merged.cols)
  for (let c = 0; c < merged.rows; c++) {
    const row = agreedRow(terms, c) ?? (isHeld(terms, c) ? rowOf(merged, c) : undefined)
    if (row !== undefined) result.data.set(row, c * merged.cols)
  }
  return result
}
