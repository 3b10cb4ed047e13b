import { operand } from './derivative.ts'
import { add } from './ops/add.ts'
import { concat } from './ops/concat.ts'
import { sizeOf } from './shape.ts'
import type { Value } from './value.ts'
import { isOp } from './value.ts'

/** The sum of the gradients that reach one Value; blocks that tile it, as slices of it leave behind, are laid side by side. */
export function sumOfContributions(contributions: readonly Value[]): Value {
  return tiled(contributions) ?? contributions.reduce((total, contribution) => add(total, contribution))
}

function tiled(contributions: readonly Value[]): Value | undefined {
  const blocks = contributions.filter((contribution) => isOp(contribution, 'pad'))
  const [first] = blocks
  if (first === undefined || blocks.length < 2 || blocks.length !== contributions.length) return undefined
  const cut = first.shape.flatMap((size, axis) => (operand(first, 0).shape[axis] === size ? [] : [axis]))
  const [axis] = cut
  if (axis === undefined || cut.length !== 1) return undefined
  const start = (block: Value<'pad'>): number => block.attributes.before[axis]!
  const sorted = blocks
    .toSorted((a, b) => start(a) - start(b))
    .map((block) => ({ block, inner: operand(block, 0) }))
  let end = 0
  for (const { block, inner } of sorted) {
    if (
      start(block) !== end ||
      sizeOf(inner.shape) * first.shape[axis]! !== sizeOf(first.shape) * inner.shape[axis]!
    ) {
      return undefined
    }
    end += inner.shape[axis]!
  }
  return end === first.shape[axis]
    ? concat(
        sorted.map(({ inner }) => inner),
        axis,
      )
    : undefined
}
