import { operand } from './derivative.ts'
import { add } from './ops/add.ts'
import { concat } from './ops/concat.ts'
import { sameShape } from './shape.ts'
import type { Shape, Value } from './value.ts'
import { isOp } from './value.ts'

/** The sum of the gradients that reach one Value; blocks that tile it, as slices of it leave behind, are laid side by side. */
export function sumOfContributions(contributions: readonly Value[]): Value {
  return sideBySide(contributions) ?? contributions.reduce((total, contribution) => add(total, contribution))
}

/** Zero-padded blocks that follow each other along one axis without gap or overlap, as one concatenation. */
function sideBySide(contributions: readonly Value[]): Value | undefined {
  const padded = contributions.filter((contribution) => isOp(contribution, 'pad'))
  const [first] = padded
  if (first === undefined || padded.length < 2 || padded.length !== contributions.length) return undefined
  const axis = first.shape.findIndex((size, i) => size !== operand(first, 0).shape[i])
  const blocks = padded
    .map((value) => ({ inner: operand(value, 0), start: value.attributes.before[axis]! }))
    .sort((a, b) => a.start - b.start)
    .map(({ inner, start }) => ({ inner, start, end: start + inner.shape[axis]! }))
  const isTiled =
    blocks.every(({ inner }) => sameShape(without(inner.shape, axis), without(first.shape, axis))) &&
    blocks.every(({ start }, i) => start === (blocks[i - 1]?.end ?? 0)) &&
    blocks.at(-1)!.end === first.shape[axis]
  return isTiled
    ? concat(
        blocks.map(({ inner }) => inner),
        axis,
      )
    : undefined
}

function without(shape: Shape, axis: number): Shape {
  return shape.toSpliced(axis, 1)
}
