import type { Derivative } from '../derivative.ts'
import { assertDtype, assertRank } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { mul } from './mul.ts'
import { sub } from './sub.ts'
import { sum } from './sum.ts'

/** e^(xᵢ) / Σⱼ e^(xⱼ) over the last axis; the largest entry is subtracted first, so nothing overflows. */
export function softmax(x: Value): Value {
  assertDtype('softmax', 'f32', x)
  assertRank('softmax', x.shape, 1)
  return node('softmax', [x], x.shape, {})
}

/** With y = softmax(x): ∂x = y · (∂y − Σⱼ yⱼ ∂yⱼ) */
export const softmaxDerivative: Derivative<'softmax'> = (value, gradient) => {
  const weighted = mul(gradient, value)
  return [sub(weighted, mul(value, sum(weighted, [-1], true)))]
}
