import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, normaliseAxes } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { cast } from './cast.ts'
import { equal } from './compare.ts'
import { div } from './div.ts'
import { mul } from './mul.ts'
import { reshape } from './reshape.ts'
import { reducedShape, sum } from './sum.ts'

/** Largest entry over the named axes (all by default); they stay with length 1 when `keepDims`. */
export function max(x: Value, axes?: readonly number[], keepDims = false): Value {
  assertDtype('max', 'f32', x)
  const reduced = normaliseAxes('max', axes, x.shape.length)
  const shape = reducedShape(x.shape, reduced, keepDims)
  return node('max', [x], shape, { axes: reduced, keepDims })
}

/** The gradient goes to the largest entry; where several are largest they share it evenly. */
export const maxDerivative: Derivative<'max'> = (value, gradient) => {
  const x = operand(value, 0)
  const { axes } = value.attributes
  const kept = reducedShape(x.shape, axes, true)
  const largest = cast(equal(x, reshape(value, kept)), 'f32')
  return [mul(largest, div(reshape(gradient, kept), sum(largest, axes, true)))]
}
