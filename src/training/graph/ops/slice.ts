import { ShapeMismatchError } from '../../../errors.ts'
import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, normaliseAxis, sameShape } from '../shape.ts'
import type { Shape, Value } from '../value.ts'
import { isOp, node } from '../value.ts'
import { fill } from './source.ts'

// Cutting out a block and padding with zeros are each other's derivative, so they share a file.

/**
 * The block with starts[i] ≤ index < ends[i] on every axis i.
 *
 * @throws ShapeMismatchError - the block is empty or reaches outside
 */
export function slice(x: Value, starts: readonly number[], ends: readonly number[]): Value {
  const inside = x.shape.every((size, i) => starts[i]! >= 0 && starts[i]! < ends[i]! && ends[i]! <= size)
  if (starts.length !== x.shape.length || ends.length !== x.shape.length || !inside) {
    throw new ShapeMismatchError(`slice from [${starts.join(', ')}] to [${ends.join(', ')}]`, x.shape, ends)
  }
  const shape = ends.map((end, i) => end - starts[i]!)
  if (sameShape(shape, x.shape)) return x
  if (isOp(x, 'fill')) return fill(shape, x.attributes.value, x.dtype)
  return node('slice', [x], shape, { starts: [...starts] }, x.dtype)
}

/** start ≤ index < end on one axis, everything on the others. */
export function sliceAxis(x: Value, axis: number, start: number, end: number): Value {
  const at = normaliseAxis('sliceAxis', axis, x.shape.length)
  const starts = x.shape.map((_, i) => (i === at ? start : 0))
  return slice(
    x,
    starts,
    x.shape.map((size, i) => (i === at ? end : size)),
  )
}

export const sliceDerivative: Derivative<'slice'> = (value, gradient) => [
  pad(gradient, value.attributes.starts, operand(value, 0).shape),
]

/**
 * x as a block of a larger tensor of zeros: at `before[i]` from the start of axis i.
 *
 * @throws ShapeMismatchError - the block does not fit
 */
export function pad(x: Value, before: readonly number[], shape: Shape): Value {
  assertDtype('pad', 'f32', x)
  const fits = shape.every((size, i) => before[i]! >= 0 && before[i]! + x.shape[i]! <= size)
  if (before.length !== shape.length || x.shape.length !== shape.length || !fits) {
    throw new ShapeMismatchError(`pad by [${before.join(', ')}]`, shape, x.shape)
  }
  if (sameShape(x.shape, shape)) return x
  return node('pad', [x], shape, { before: [...before] })
}

export const padDerivative: Derivative<'pad'> = (value, gradient) => {
  const { before } = value.attributes
  const inner = operand(value, 0).shape
  return [
    slice(
      gradient,
      before,
      before.map((start, i) => start + inner[i]!),
    ),
  ]
}
