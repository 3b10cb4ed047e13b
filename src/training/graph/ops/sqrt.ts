import type { Derivative } from '../derivative.ts'
import { assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { div } from './div.ts'
import { scaled } from './mul.ts'

/** Square root, elementwise; NaN below 0. */
export function sqrt(x: Value): Value {
  assertDtype('sqrt', 'f32', x)
  return node('sqrt', [x], x.shape, {})
}

/** ∂√x = ∂x / (2√x) */
export const sqrtDerivative: Derivative<'sqrt'> = (value, gradient) => [scaled(div(gradient, value), 0.5)]
