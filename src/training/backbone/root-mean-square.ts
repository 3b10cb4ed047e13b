import { add, div, mean, mul, scalar, sqrt } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'

/**
 * x / √(mean(x²) + ε), over the last axis: rows of length √d, of d entries about 1. A row of zeros stays one.
 *
 * Shape: (…, d) → (…, d).
 */
export function overRootMeanSquare(x: Value, epsilon: number): Value {
  const square = mean(mul(x, x), [-1], true)
  return div(x, sqrt(add(square, scalar(epsilon))))
}
