import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, broadcastShapes, sameShape } from '../shape.ts'
import type { Shape, Value } from '../value.ts'
import { isOp, node } from '../value.ts'
import { fill, scalar, uniformValue } from './source.ts'
import { sumTo } from './sum.ts'

/** a · b with NumPy broadcasting; a uniform 1 is free, two uniform factors fold. */
export function mul(a: Value, b: Value): Value {
  assertDtype('mul', 'f32', a)
  assertDtype('mul', 'f32', b)
  const shape = broadcastShapes('mul', a.shape, b.shape)
  const left = uniformValue(a)
  const right = uniformValue(b)
  if (left !== undefined && right !== undefined) return fill(shape, left * right)
  if (right === 1 && sameShape(a.shape, shape)) return a
  if (left === 1 && sameShape(b.shape, shape)) return b
  const narrow = narrowed(a, b.shape, shape)
  return node('mul', [narrow, narrowed(b, narrow.shape, shape)], shape, {})
}

/** x · factor */
export function scaled(x: Value, factor: number): Value {
  return mul(x, scalar(factor))
}

/** The multiplication stretches by itself: what is stretched already, or uniform, is taken at its small size if the other is not. */
function narrowed(x: Value, other: Shape, shape: Shape): Value {
  if (!sameShape(other, shape)) return x
  if (isOp(x, 'broadcastTo')) return operand(x, 0)
  return isOp(x, 'fill') ? scalar(x.attributes.value) : x
}

export const mulDerivative: Derivative<'mul'> = (value, gradient) => {
  const a = operand(value, 0)
  const b = operand(value, 1)
  return [sumTo(mul(gradient, b), a.shape), sumTo(mul(gradient, a), b.shape)]
}
