import type { Derivative } from '../derivative.ts'
import { assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { mul } from './mul.ts'

/** eˣ, elementwise. */
export function exp(x: Value): Value {
  assertDtype('exp', 'f32', x)
  return node('exp', [x], x.shape, {})
}

/** ∂eˣ = eˣ ∂x */
export const expDerivative: Derivative<'exp'> = (value, gradient) => [mul(gradient, value)]
