import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, broadcastShapes, sameShape } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { uniformValue } from './source.ts'
import { sumTo } from './sum.ts'

/** a + b with NumPy broadcasting; adding a uniform 0 is free. */
export function add(a: Value, b: Value): Value {
  assertDtype('add', 'f32', a)
  assertDtype('add', 'f32', b)
  const shape = broadcastShapes('add', a.shape, b.shape)
  if (uniformValue(b) === 0 && sameShape(a.shape, shape)) return a
  if (uniformValue(a) === 0 && sameShape(b.shape, shape)) return b
  return node('add', [a, b], shape, {})
}

export const addDerivative: Derivative<'add'> = (value, gradient) =>
  [0, 1].map((i) => sumTo(gradient, operand(value, i).shape))
