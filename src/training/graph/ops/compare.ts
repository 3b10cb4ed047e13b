import type { Derivative } from '../derivative.ts'
import { assertDtype, broadcastShapes } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'

/** 1 where a = b, else 0, as i32; NumPy broadcasting; both operands of one element type. */
export function equal(a: Value, b: Value): Value {
  assertDtype('equal', a.dtype, b)
  return node('equal', [a, b], broadcastShapes('equal', a.shape, b.shape), {}, 'i32')
}

/** 1 where a > b, else 0, as i32; NumPy broadcasting; both operands of one element type. */
export function greater(a: Value, b: Value): Value {
  assertDtype('greater', a.dtype, b)
  return node('greater', [a, b], broadcastShapes('greater', a.shape, b.shape), {}, 'i32')
}

/** A comparison is flat almost everywhere. */
export const compareDerivative: Derivative<'equal' | 'greater'> = () => [undefined, undefined]
