import { PeermergeError } from '../../../errors.ts'
import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { normaliseAxis } from '../shape.ts'
import type { Value } from '../value.ts'
import { isOp, node } from '../value.ts'

/**
 * Axis i of the result is axis perm[i] of x; without `perm` the axes are reversed.
 *
 * @throws PeermergeError ERR_PERMUTATION - perm does not name every axis once
 */
export function transpose(x: Value, perm?: readonly number[]): Value {
  const rank = x.shape.length
  const order = (perm ?? x.shape.map((_, i) => rank - 1 - i)).map((axis) =>
    normaliseAxis('transpose', axis, rank),
  )
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new PeermergeError('ERR_PERMUTATION', `transpose: [${order.join(', ')}] of ${rank} axes`, {
      perm,
      rank,
    })
  }
  if (order.every((axis, i) => axis === i)) return x
  if (isOp(x, 'transpose')) {
    const inner = x.attributes.perm
    return transpose(
      operand(x, 0),
      order.map((axis) => inner[axis]!),
    )
  }
  return node(
    'transpose',
    [x],
    order.map((axis) => x.shape[axis]!),
    { perm: order },
    x.dtype,
  )
}

function inverse(perm: readonly number[]): number[] {
  return perm.map((_, i) => perm.indexOf(i))
}

export const transposeDerivative: Derivative<'transpose'> = (value, gradient) => [
  transpose(gradient, inverse(value.attributes.perm)),
]
