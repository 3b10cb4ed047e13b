import type { Classifier } from '../../merge/index.ts'
import { logit } from './predict.ts'

/**
 * Probabilities of all classes for one sample.
 *
 *   p_c = exp(z_c − max z) / Σ exp(z − max z)      z = W x + b
 *
 * Shapes: x (features), W (classes, features), b (classes) → (classes).
 * Precision: x in float32, all behind it in float64. NaN where a logit is not finite.
 */
export function probabilities({ weight, bias }: Classifier, x: Float32Array): Float64Array {
  const found = Float64Array.from(bias.data, (_, row) => logit(weight.data, bias.data, row, x))
  const highest = found.reduce((most, z) => Math.max(most, z), -Infinity)
  let sum = 0
  for (let row = 0; row < found.length; row++) sum += found[row] = Math.exp(found[row]! - highest)
  return found.map((value) => value / sum)
}
