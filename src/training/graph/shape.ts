import { PeermergeError, ShapeMismatchError } from '../../errors.ts'
import type { DataType, Shape, Value } from './value.ts'

/** Number of elements: the product of the dimensions, 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i])
}

/**
 * The shape that both broadcast to under NumPy's rule: aligned at the last axis, 1 stretches.
 *
 * @throws ShapeMismatchError - two dimensions differ and neither is 1
 */
export function broadcastShapes(operand: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1
    const right = b[i - rank + b.length] ?? 1
    if (left !== right && left !== 1 && right !== 1) throw new ShapeMismatchError(operand, a, b)
    return left === 1 ? right : left
  })
}

/** Axes of `to` along which `from` is stretched when it broadcasts to `to`. */
export function stretchedAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length
  return to.flatMap((dimension, i) => (i < lead || (from[i - lead] === 1 && dimension !== 1) ? [i] : []))
}

/**
 * An axis counted from 0; negative ones count from the end.
 *
 * @throws PeermergeError ERR_AXIS - there is no such axis
 */
export function normaliseAxis(operand: string, axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || result < 0 || result >= rank) {
    throw new PeermergeError('ERR_AXIS', `${operand}: axis ${axis} of a tensor with ${rank} axes`, {
      axis,
      rank,
    })
  }
  return result
}

/** Distinct axes in ascending order; all of them when none are named. */
export function normaliseAxes(operand: string, axes: readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i)
  const distinct = new Set(axes.map((axis) => normaliseAxis(operand, axis, rank)))
  return [...distinct].sort((a, b) => a - b)
}

/** @throws ShapeMismatchError - `actual` is not `expected` */
export function assertSameShape(operand: string, expected: Shape, actual: Shape): void {
  if (!sameShape(expected, actual)) throw new ShapeMismatchError(operand, expected, actual)
}

/** @throws PeermergeError ERR_RANK - fewer axes than the operator needs */
export function assertRank(operand: string, shape: Shape, least: number): void {
  if (shape.length >= least) return
  const text = `${operand}: expected at least ${least} axes, got [${shape.join(', ')}]`
  throw new PeermergeError('ERR_RANK', text, { shape, least })
}

/** @throws PeermergeError ERR_DTYPE - a Value has another element type than the operator takes */
export function assertDtype(operand: string, expected: DataType, value: Value): void {
  if (value.dtype === expected) return
  const text = `${operand}: expected ${expected}, got ${value.dtype}; cast(value, '${expected}') converts`
  throw new PeermergeError('ERR_DTYPE', text, { expected, actual: value.dtype })
}

/** @throws PeermergeError ERR_DIMENSION - a dimension is not a whole number ≥ 1 */
export function assertDimensions(operand: string, shape: Shape): void {
  const bad = shape.find((dimension) => !Number.isInteger(dimension) || dimension < 1)
  if (bad === undefined) return
  throw new PeermergeError('ERR_DIMENSION', `${operand}: dimension ${bad} in [${shape.join(', ')}]`, {
    shape,
  })
}
