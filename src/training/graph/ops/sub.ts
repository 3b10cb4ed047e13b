import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, broadcastShapes } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { neg } from './neg.ts'
import { sumTo } from './sum.ts'

/** a − b with NumPy broadcasting. */
export function sub(a: Value, b: Value): Value {
  assertDtype('sub', 'f32', a)
  assertDtype('sub', 'f32', b)
  return node('sub', [a, b], broadcastShapes('sub', a.shape, b.shape), {})
}

export const subDerivative: Derivative<'sub'> = (value, gradient) => [
  sumTo(gradient, operand(value, 0).shape),
  neg(sumTo(gradient, operand(value, 1).shape)),
]
