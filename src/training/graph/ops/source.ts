import { PeermergeError, ShapeMismatchError } from '../../../errors.ts'
import type { Derivative } from '../derivative.ts'
import { assertDimensions, sizeOf } from '../shape.ts'
import type { DataType, Shape, Value } from '../value.ts'
import { isOp, node } from '../value.ts'

/** A tensor that is fed at each run under its name; feeds of one name must be one Value. */
export function input(name: string, shape: Shape, dtype: DataType = 'f32'): Value<'input'> {
  assertDimensions(`input ${name}`, shape)
  if (name === '') throw new PeermergeError('ERR_INPUT_NAME', 'an input needs a name')
  return { ...node('input', [], shape, { name }, dtype), name }
}

/**
 * Frozen data, row-major; not copied, so leave the array alone afterwards.
 *
 * @throws ShapeMismatchError - the number of elements is not that of the shape
 */
export function constant(data: Float32Array | Int32Array, shape: Shape, name?: string): Value<'constant'> {
  assertDimensions(name ?? 'constant', shape)
  if (data.length !== sizeOf(shape)) throw new ShapeMismatchError(name ?? 'constant', shape, [data.length])
  const value = node('constant', [], shape, { data }, data instanceof Float32Array ? 'f32' : 'i32')
  return name === undefined ? value : { ...value, name }
}

/** One number over a whole shape; costs no memory where it broadcasts. */
export function fill(shape: Shape, value: number, dtype: DataType = 'f32'): Value<'fill'> {
  assertDimensions('fill', shape)
  return node('fill', [], shape, { value }, dtype)
}

export function scalar(value: number): Value<'fill'> {
  return fill([], value)
}

export function zerosLike(value: Value): Value<'fill'> {
  return fill(value.shape, 0, value.dtype)
}

/** The number that a Value is everywhere, or undefined. */
export function uniformValue(value: Value): number | undefined {
  return isOp(value, 'fill') ? value.attributes.value : undefined
}

/** Sources have no inputs, hence no derivative. */
export const sourceDerivative: Derivative<'input' | 'constant' | 'fill'> = () => []
