import type { Derivative } from '../derivative.ts'
import type { DataType, Value } from '../value.ts'
import { node } from '../value.ts'

/** The same numbers as another element type; f32 to i32 drops the fraction. */
export function cast(x: Value, dtype: DataType): Value {
  return x.dtype === dtype ? x : node('cast', [x], x.shape, {}, dtype)
}

/** Integers carry no gradient. */
export const castDerivative: Derivative<'cast'> = () => [undefined]
