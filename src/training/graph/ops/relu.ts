import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { cast } from './cast.ts'
import { greater } from './compare.ts'
import { mul } from './mul.ts'
import { scalar } from './source.ts'

/** max(x, 0), elementwise. */
export function relu(x: Value): Value {
  assertDtype('relu', 'f32', x)
  return node('relu', [x], x.shape, {})
}

/** ∂ max(x, 0) = ∂x where x > 0, else 0; at 0 it is 0, as PyTorch says. */
export const reluDerivative: Derivative<'relu'> = (value, gradient) => [
  mul(gradient, cast(greater(operand(value, 0), scalar(0)), 'f32')),
]
