import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, broadcastShapes } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { scalar } from './source.ts'
import { sumTo } from './sum.ts'

/** a where the condition (i32) is not 0, b elsewhere; all three broadcast. */
export function where(condition: Value, a: Value, b: Value): Value {
  assertDtype('where condition', 'i32', condition)
  assertDtype('where', 'f32', a)
  assertDtype('where', 'f32', b)
  const branches = broadcastShapes('where', a.shape, b.shape)
  return node('where', [condition, a, b], broadcastShapes('where', condition.shape, branches), {})
}

export const whereDerivative: Derivative<'where'> = (value, gradient) => {
  const condition = operand(value, 0)
  return [
    undefined,
    sumTo(where(condition, gradient, scalar(0)), operand(value, 1).shape),
    sumTo(where(condition, scalar(0), gradient), operand(value, 2).shape),
  ]
}
