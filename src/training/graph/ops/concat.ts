import { PeermergeError, ShapeMismatchError } from '../../../errors.ts'
import type { Derivative } from '../derivative.ts'
import { assertDtype, normaliseAxis, sameShape } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { sliceAxis } from './slice.ts'

/**
 * Values laid end to end along one axis.
 *
 * @throws ShapeMismatchError - they differ on another axis
 */
export function concat(values: readonly Value[], axis: number): Value {
  const [first, ...rest] = values
  if (first === undefined) throw new PeermergeError('ERR_NO_OPERANDS', 'concat: needs at least one operand')
  const at = normaliseAxis('concat', axis, first.shape.length)
  const others = first.shape.toSpliced(at, 1)
  for (const value of rest) {
    assertDtype('concat', first.dtype, value)
    const fits = value.shape.length === first.shape.length && sameShape(value.shape.toSpliced(at, 1), others)
    if (!fits) throw new ShapeMismatchError(`concat along axis ${at}`, first.shape, value.shape)
  }
  if (rest.length === 0) return first
  const total = values.reduce((length, value) => length + value.shape[at]!, 0)
  return node('concat', values, first.shape.with(at, total), { axis: at }, first.dtype)
}

export const concatDerivative: Derivative<'concat'> = (value, gradient) => {
  const { axis } = value.attributes
  let start = 0
  return value.inputs.map((part) => {
    const end = start + part.shape[axis]!
    const block = sliceAxis(gradient, axis, start, end)
    start = end
    return block
  })
}
