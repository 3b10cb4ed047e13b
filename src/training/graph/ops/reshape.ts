import { PeermergeError, ShapeMismatchError } from '../../../errors.ts'
import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDimensions, sameShape, sizeOf } from '../shape.ts'
import type { Shape, Value } from '../value.ts'
import { isOp, node } from '../value.ts'
import { fill } from './source.ts'

/**
 * The same elements in row-major order under another shape; one dimension may be −1 and is then inferred.
 *
 * @throws ShapeMismatchError - the number of elements differs
 */
export function reshape(x: Value, shape: Shape): Value {
  const to = inferred(x.shape, shape)
  assertDimensions('reshape', to)
  if (sizeOf(to) !== sizeOf(x.shape)) throw new ShapeMismatchError('reshape', x.shape, shape)
  if (sameShape(x.shape, to)) return x
  if (isOp(x, 'reshape')) return reshape(operand(x, 0), to)
  if (isOp(x, 'fill')) return fill(to, x.attributes.value, x.dtype)
  return node('reshape', [x], to, {}, x.dtype)
}

function inferred(from: Shape, to: Shape): Shape {
  const unknown = to.filter((dimension) => dimension === -1).length
  if (unknown === 0) return to
  if (unknown > 1)
    throw new PeermergeError('ERR_DIMENSION', 'reshape: at most one dimension may be -1', { to })
  const rest = -sizeOf(to)
  if (sizeOf(from) % rest !== 0) throw new ShapeMismatchError('reshape', from, to)
  return to.map((dimension) => (dimension === -1 ? sizeOf(from) / rest : dimension))
}

export const reshapeDerivative: Derivative<'reshape'> = (value, gradient) => [
  reshape(gradient, operand(value, 0).shape),
]
