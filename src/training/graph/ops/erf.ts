import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { exp } from './exp.ts'
import { mul, scaled } from './mul.ts'
import { neg } from './neg.ts'

/** Error function 2/√π ∫₀ˣ e^(−t²) dt, elementwise. */
export function erf(x: Value): Value {
  assertDtype('erf', 'f32', x)
  return node('erf', [x], x.shape, {})
}

/** ∂ erf x = 2/√π · e^(−x²) ∂x */
export const erfDerivative: Derivative<'erf'> = (value, gradient) => {
  const x = operand(value, 0)
  return [scaled(mul(gradient, exp(neg(mul(x, x)))), 2 / Math.sqrt(Math.PI))]
}
