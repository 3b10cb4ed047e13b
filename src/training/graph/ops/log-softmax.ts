import type { Derivative } from '../derivative.ts'
import { assertDtype, assertRank } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { exp } from './exp.ts'
import { mul } from './mul.ts'
import { sub } from './sub.ts'
import { sum } from './sum.ts'

/** xᵢ − ln Σⱼ e^(xⱼ) over the last axis, stable for large entries. */
export function logSoftmax(x: Value): Value {
  assertDtype('logSoftmax', 'f32', x)
  assertRank('logSoftmax', x.shape, 1)
  return node('logSoftmax', [x], x.shape, {})
}

/** With y = logSoftmax(x): ∂x = ∂y − eʸ · Σⱼ ∂yⱼ */
export const logSoftmaxDerivative: Derivative<'logSoftmax'> = (value, gradient) => [
  sub(gradient, mul(exp(value), sum(gradient, [-1], true))),
]
