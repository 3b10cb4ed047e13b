import type { Derivative } from '../derivative.ts'
import { assertSameShape } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { fill } from './source.ts'

/**
 * Computes `value` and differentiates `surrogate`: for one quantity with two formulas, one quick to evaluate, the other with
 * the quick derivative. The surrogate itself is never computed, only its inputs where the gradient needs them.
 */
export function differentiateAs(value: Value, surrogate: Value): Value {
  assertSameShape('surrogate', value.shape, surrogate.shape)
  return node('differentiateAs', [value, surrogate], value.shape, {}, value.dtype)
}

/** `value`, for which no gradient flows. */
export function stopGradient(value: Value): Value {
  return differentiateAs(value, fill(value.shape, 0, value.dtype))
}

export const differentiateAsDerivative: Derivative<'differentiateAs'> = (_, gradient) => [undefined, gradient]
