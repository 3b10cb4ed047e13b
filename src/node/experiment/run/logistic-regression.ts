import { solveSymmetric } from '../../../merge/index.ts'
import type { Measurements } from '../data/prepared-data.ts'

/** The log-odds of the second class, for measurements of a sample. */
export type LogOdds = (measurements: Measurements) => number

/** Halvings are not needed: from zeros Newton's method converges on these strictly convex losses within ten steps. */
const MAX_STEPS = 50
const PRECISION = 1e-10

/**
 * Logistic regression on measurements that are standardised by those trained on, what is missing at its mean with a one beside that says so.
 *
 *   min_w  Σ log(1 + exp(−y wᵀ[x;1])) + ½ ‖w without the last‖²          y = ±1, by Newton's method in float64
 *
 * The penalty is that of scikit-learn's default, C = 1.
 */
export function logisticRegression(rows: readonly Measurements[], isSecond: readonly boolean[]): LogOdds {
  const inputsOf = standardised(rows)
  const inputs = rows.map(inputsOf)
  let weights = new Float64Array(inputs[0]!.length)
  for (let step = 0; step < MAX_STEPS; step++) {
    const change = newtonStep(inputs, isSecond, weights)
    weights = weights.map((weight, i) => weight - change[i]!)
    if (Math.max(...change.map(Math.abs)) < PRECISION) break
  }
  return (measurements) => dot(weights, inputsOf(measurements))
}

/** H⁻¹ g of the penalised loss. */
function newtonStep(
  inputs: readonly Float64Array[],
  isSecond: readonly boolean[],
  weights: Float64Array,
): Float64Array {
  const size = weights.length
  const gradient = weights.map((weight, i) => (i === size - 1 ? 0 : weight))
  const hessian = new Float64Array(size * size)
  for (let i = 0; i < size; i++) hessian[i * size + i] = i === size - 1 ? 1e-9 : 1
  for (const [n, x] of inputs.entries()) {
    const chance = 1 / (1 + Math.exp(-dot(weights, x)))
    const [slope, curve] = [chance - (isSecond[n] === true ? 1 : 0), chance * (1 - chance)]
    for (let i = 0; i < size; i++) {
      gradient[i]! += slope * x[i]!
      for (let j = 0; j < size; j++) hessian[i * size + j]! += curve * x[i]! * x[j]!
    }
  }
  const right = { rows: 1, cols: size, data: gradient }
  return solveSymmetric({ rows: size, cols: size, data: hessian }, right, 'Hessian').data
}

/** Standardised measurements, ones where they are missing, and a one. */
function standardised(rows: readonly Measurements[]): (row: Measurements) => Float64Array {
  const scales = rows[0]!.map((_, column) => {
    const known = rows.flatMap((row) => row[column] ?? [])
    const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(known.length, 1)
    const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(known.length, 1)
    return { mean, deviation: variance > 0 ? Math.sqrt(variance) : 1 }
  })
  return (row) =>
    Float64Array.from([
      ...row.map((value, i) => (value === null ? 0 : (value - scales[i]!.mean) / scales[i]!.deviation)),
      ...row.map((value) => (value === null ? 1 : 0)),
      1,
    ])
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
