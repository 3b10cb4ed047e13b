import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { div } from './div.ts'

/** Natural logarithm, elementwise; −∞ at 0, NaN below. */
export function log(x: Value): Value {
  assertDtype('log', 'f32', x)
  return node('log', [x], x.shape, {})
}

/** ∂ ln x = ∂x / x */
export const logDerivative: Derivative<'log'> = (value, gradient) => [div(gradient, operand(value, 0))]
