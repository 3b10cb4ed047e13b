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
import { sub } from './sub.ts'

/** x · Φ(x) with the normal distribution Φ(x) = (1 + erf(x/√2)) / 2, elementwise; the exact form, not the tanh one. */
export function gelu(x: Value): Value {
  assertDtype('gelu', 'f32', x)
  return node('gelu', [x], x.shape, {})
}

/**
 * ∂(x Φ(x)) = (Φ(x) + x φ(x)) ∂x     with φ(x) = e^(−x²/2) / √(2π)
 *
 * Written in t = x/√2 with few passes over memory: ½ (1 + erf t + t e^(ln(2/√π) − t²)) ∂x
 */
export const geluDerivative: Derivative<'gelu'> = (value, gradient) => {
  const t = scaled(operand(value, 0), Math.SQRT1_2)
  const bell = exp(sub(scalar(Math.log(2 / Math.sqrt(Math.PI))), mul(t, t)))
  const slope = add(add(erf(t), scalar(1)), mul(t, bell))
  return [scaled(mul(gradient, slope), 0.5)]
}
