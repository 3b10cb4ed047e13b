import type { Derivative } from '../derivative.ts'
import { assertDimensions, assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'

/** f32 rows of length `depth` with a 1 at the index: (…i) of i32 to (…i, depth); all 0 for an index outside 0 … depth − 1. */
export function oneHot(indices: Value, depth: number): Value {
  assertDtype('oneHot', 'i32', indices)
  assertDimensions('oneHot depth', [depth])
  return node('oneHot', [indices], [...indices.shape, depth], {})
}

/** Indices carry no gradient. */
export const oneHotDerivative: Derivative<'oneHot'> = () => [undefined]
