import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, assertRank, assertSameShape } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { mul, scaled } from './mul.ts'
import { sub } from './sub.ts'
import { broadcastTo, sum, sumTo } from './sum.ts'

/**
 * Normalises the last axis to mean 0 and variance 1, then scales and shifts it.
 *
 *   y = x̂ · gamma + beta     with x̂ = (x − mean) / √(variance + epsilon), variance over n (not n − 1)
 *
 * Shapes: x (…, d), gamma (d), beta (d), result (…, d).
 */
export function layerNorm(x: Value, gamma: Value, beta: Value, epsilon: number): Value<'layerNorm'> {
  assertRank('layerNorm', x.shape, 1)
  for (const value of [x, gamma, beta]) assertDtype('layerNorm', 'f32', value)
  assertSameShape('layerNorm gamma', x.shape.slice(-1), gamma.shape)
  assertSameShape('layerNorm beta', x.shape.slice(-1), beta.shape)
  return node('layerNorm', [x, gamma, beta], x.shape, { epsilon })
}

/** Mean and 1 / √(variance + ε) over the last axis of the input of a layerNorm, which computes them anyway; (…, 1). */
export function layerNormStatistics(value: Value<'layerNorm'>): { mean: Value; inverseDeviation: Value } {
  const shape = [...value.shape.slice(0, -1), 1]
  const inputs = [value, operand(value, 0)]
  return {
    mean: node('layerNormMean', inputs, shape, value.attributes),
    inverseDeviation: node('layerNormInverseDeviation', inputs, shape, value.attributes),
  }
}

/**
 * With s = 1 / √(variance + ε), c = x − mean, x̂ = s c and g = ∂y · gamma, means over the last axis:
 *
 *   ∂x = s (g − mean(g) − x̂ mean(g x̂)) = s (g − mean(g) − c · s² mean(g c))
 *   ∂gamma = Σ ∂y x̂,  ∂beta = Σ ∂y    over all axes but the last
 */
export const layerNormDerivative: Derivative<'layerNorm'> = (value, gradient) => {
  const x = operand(value, 0)
  const gamma = operand(value, 1)
  const { mean, inverseDeviation } = layerNormStatistics(value)
  const centred = sub(x, mean)
  const g = mul(gradient, gamma)
  const share = 1 / x.shape.at(-1)!
  const level = scaled(sum(g, [-1], true), share) // (…, 1)
  const squared = mul(inverseDeviation, inverseDeviation)
  const along = mul(scaled(sum(mul(g, centred), [-1], true), share), squared) // (…, 1)
  return [
    mul(sub(sub(g, level), mul(centred, along)), inverseDeviation),
    sumTo(mul(mul(gradient, centred), inverseDeviation), gamma.shape),
    sumTo(gradient, operand(value, 2).shape),
  ]
}

/** ∂mean = Σ ∂x / d */
export const layerNormMeanDerivative: Derivative<'layerNormMean'> = (value, gradient) => {
  const x = operand(value, 1)
  return [undefined, broadcastTo(scaled(gradient, 1 / x.shape.at(-1)!), x.shape)]
}

/** With s = 1 / √(variance + ε) and mean m: ∂s = −s³ (x − m) ∂x / d */
export const layerNormInverseDeviationDerivative: Derivative<'layerNormInverseDeviation'> = (
  value,
  gradient,
) => {
  const x = operand(value, 1)
  const d = x.shape.at(-1)!
  const mean = scaled(sum(x, [-1], true), 1 / d)
  const slope = scaled(mul(mul(value, value), mul(value, gradient)), -1 / d)
  return [undefined, mul(sub(x, mean), slope)]
}
