import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { add } from './add.ts'
import { erf } from './erf.ts'
import { exp } from './exp.ts'
import { mul, scaled } from './mul.ts'
import { scalar } from './source.ts'

/** x · Φ(x) with the normal distribution Φ(x) = (1 + erf(x/√2)) / 2, elementwise; the exact form, not the tanh one. */
export function gelu(x: Value): Value {
  assertDtype('gelu', 'f32', x)
  return node('gelu', [x], x.shape, {})
}

/** ∂(x Φ(x)) = (Φ(x) + x φ(x)) ∂x     with φ(x) = e^(−x²/2) / √(2π) */
export const geluDerivative: Derivative<'gelu'> = (value, gradient) => {
  const x = operand(value, 0)
  const distribution = scaled(add(erf(scaled(x, Math.SQRT1_2)), scalar(1)), 0.5)
  const density = scaled(exp(mul(scaled(x, -0.5), x)), 1 / Math.sqrt(2 * Math.PI))
  return [mul(gradient, add(distribution, mul(x, density)))]
}
