import { ShapeMismatchError } from '../../../errors.ts'
import type { Derivative } from '../derivative.ts'
import { operand } from '../derivative.ts'
import { assertDtype, assertRank, broadcastShapes } from '../shape.ts'
import type { Shape, Value } from '../value.ts'
import { node } from '../value.ts'
import { sumTo } from './sum.ts'

export interface MatmulOptions {
  /** Takes a by its transposed last two axes. @default false */
  readonly transposeA?: boolean
  /** Takes b by its transposed last two axes. @default false */
  readonly transposeB?: boolean
  /** Factor of the product. @default 1 */
  readonly scale?: number
}

/**
 * scale · a b over the last two axes, (…, m, k) by (…, k, n) to (…, m, n); leading axes broadcast.
 *
 * @throws ShapeMismatchError - the inner dimensions or the leading axes disagree
 */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  const { transposeA = false, transposeB = false, scale = 1 } = options
  for (const [name, value] of [['matmul a', a] as const, ['matmul b', b] as const]) {
    assertDtype(name, 'f32', value)
    assertRank(name, value.shape, 2)
  }
  const [m, inner] = lastTwo(a.shape, transposeA)
  const [k, n] = lastTwo(b.shape, transposeB)
  if (inner !== k) throw new ShapeMismatchError('matmul inner dimension', a.shape, b.shape)
  const lead = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  return node('matmul', [a, b], [...lead, m, n], { transposeA, transposeB, scale })
}

function lastTwo(shape: Shape, transposed: boolean): [number, number] {
  const rows = shape.at(-2)!
  const cols = shape.at(-1)!
  return transposed ? [cols, rows] : [rows, cols]
}

/** With Y = op(A) op(B): ∂op(A) = ∂Y op(B)ᵀ and ∂op(B) = op(A)ᵀ ∂Y, each transposed back where op transposes. */
export const matmulDerivative: Derivative<'matmul'> = (value, gradient) => {
  const a = operand(value, 0)
  const b = operand(value, 1)
  const { transposeA, transposeB, scale } = value.attributes
  const byA = transposeA
    ? matmul(b, gradient, { transposeA: transposeB, transposeB: true, scale })
    : matmul(gradient, b, { transposeB: !transposeB, scale })
  const byB = transposeB
    ? matmul(gradient, a, { transposeA: true, transposeB: transposeA, scale })
    : matmul(a, gradient, { transposeA: !transposeA, scale })
  return [sumTo(byA, a.shape), sumTo(byB, b.shape)]
}
