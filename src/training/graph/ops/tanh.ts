import type { Derivative } from '../derivative.ts'
import { assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { mul } from './mul.ts'
import { scalar } from './source.ts'
import { sub } from './sub.ts'

/** Hyperbolic tangent, elementwise. */
export function tanh(x: Value): Value {
  assertDtype('tanh', 'f32', x)
  return node('tanh', [x], x.shape, {})
}

/** ∂ tanh x = (1 − tanh² x) ∂x */
export const tanhDerivative: Derivative<'tanh'> = (value, gradient) => [
  mul(gradient, sub(scalar(1), mul(value, value))),
]
