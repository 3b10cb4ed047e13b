import { ShapeMismatchError } from '../../../errors.ts'
import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, broadcastShapes, normaliseAxes, sameShape, sizeOf, stretchedAxes } from '../shape.ts'
import type { Shape, Value } from '../value.ts'
import { isOp, node } from '../value.ts'
import { reshape } from './reshape.ts'
import { fill } from './source.ts'

// Summing and stretching are each other's derivative, so they share a file.

/** Sum over the named axes (all by default); they stay with length 1 when `keepDims`. */
export function sum(x: Value, axes?: readonly number[], keepDims = false): Value {
  assertDtype('sum', 'f32', x)
  const reduced = normaliseAxes('sum', axes, x.shape.length)
  const kept = reducedShape(x.shape, reduced, true)
  const shape = reducedShape(x.shape, reduced, keepDims)
  const count = sizeOf(x.shape) / sizeOf(kept)
  if (count === 1) return reshape(x, shape)
  if (isOp(x, 'fill')) return fill(shape, x.attributes.value * count)
  return node('sum', [x], shape, { axes: reduced, keepDims })
}

/** What remains of a shape when axes are reduced to length 1, or dropped. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  const gone = new Set(axes)
  return shape.flatMap((dimension, i) => (gone.has(i) ? (keepDims ? [1] : []) : [dimension]))
}

export const sumDerivative: Derivative<'sum'> = (value, gradient) => {
  const x = operand(value, 0)
  return [broadcastTo(reshape(gradient, reducedShape(x.shape, value.attributes.axes, true)), x.shape)]
}

/**
 * x stretched to a larger shape under NumPy's rule.
 *
 * @throws ShapeMismatchError - x does not broadcast to the shape
 */
export function broadcastTo(x: Value, shape: Shape): Value {
  if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape)) {
    throw new ShapeMismatchError('broadcastTo', shape, x.shape)
  }
  if (sizeOf(x.shape) === sizeOf(shape)) return reshape(x, shape)
  if (isOp(x, 'fill')) return fill(shape, x.attributes.value, x.dtype)
  return node('broadcastTo', [x], shape, {}, x.dtype)
}

/** Adjoint of broadcasting `shape` to the shape of `gradient`: sums over the stretched axes. */
export function sumTo(gradient: Value, shape: Shape): Value {
  return reshape(sum(gradient, stretchedAxes(shape, gradient.shape), true), shape)
}

export const broadcastToDerivative: Derivative<'broadcastTo'> = (value, gradient) => [
  sumTo(gradient, operand(value, 0).shape),
]
