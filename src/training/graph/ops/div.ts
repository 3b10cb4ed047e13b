import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, broadcastShapes } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { mul } from './mul.ts'
import { neg } from './neg.ts'
import { sumTo } from './sum.ts'

/** a / b with NumPy broadcasting. */
export function div(a: Value, b: Value): Value {
  assertDtype('div', 'f32', a)
  assertDtype('div', 'f32', b)
  return node('div', [a, b], broadcastShapes('div', a.shape, b.shape), {})
}

/** ∂(a/b) = ∂a / b − (a/b) · ∂b / b */
export const divDerivative: Derivative<'div'> = (value, gradient) => {
  const a = operand(value, 0)
  const b = operand(value, 1)
  const byA = div(gradient, b)
  return [sumTo(byA, a.shape), sumTo(neg(mul(byA, value)), b.shape)]
}
