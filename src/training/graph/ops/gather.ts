import { ShapeMismatchError } from '../../../errors.ts'
import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, assertRank, sameShape } from '../shape.ts'
import type { Value } from '../value.ts'
import { node } from '../value.ts'

// Reading rows and adding to rows are each other's derivative, so they share a file.

/**
 * Rows of a table by their index, as an embedding: result[i…] = table[indices[i…]].
 *
 * Shapes: table (n, …rest), indices (…i) of i32 in 0 … n − 1, result (…i, …rest). An index of n or more is an error of the run,
 * except on a GPU, which then reads something else.
 */
export function gather(table: Value, indices: Value): Value {
  assertRank('gather table', table.shape, 1)
  assertDtype('gather indices', 'i32', indices)
  return node('gather', [table, indices], [...indices.shape, ...table.shape.slice(1)], {}, table.dtype)
}

export const gatherDerivative: Derivative<'gather'> = (value, gradient) => {
  const table = operand(value, 0)
  return [scatterAdd(operand(value, 1), gradient, table.shape[0]!), undefined]
}

/**
 * A table of zeros to whose rows updates are added, as often as their index occurs.
 *
 * Shapes: indices (…i) of i32 in 0 … rows − 1, updates (…i, …rest), result (rows, …rest).
 *
 * @throws ShapeMismatchError - updates do not begin with the shape of the indices
 */
export function scatterAdd(indices: Value, updates: Value, rows: number): Value {
  assertDtype('scatterAdd indices', 'i32', indices)
  assertDtype('scatterAdd updates', 'f32', updates)
  const lead = updates.shape.slice(0, indices.shape.length)
  if (!sameShape(lead, indices.shape))
    throw new ShapeMismatchError('scatterAdd updates', indices.shape, updates.shape)
  const rest = updates.shape.slice(indices.shape.length)
  return node('scatterAdd', [indices, updates], [rows, ...rest], {})
}

export const scatterAddDerivative: Derivative<'scatterAdd'> = (value, gradient) => [
  undefined,
  gather(gradient, operand(value, 0)),
]
