import type { Derivative } from '../derivative.ts'
import { assertDtype } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'
import { fill, uniformValue } from './source.ts'

/** −x */
export function neg(x: Value): Value {
  assertDtype('neg', 'f32', x)
  const uniform = uniformValue(x)
  return uniform === undefined ? node('neg', [x], x.shape, {}) : fill(x.shape, -uniform)
}

export const negDerivative: Derivative<'neg'> = (_, gradient) => [neg(gradient)]
