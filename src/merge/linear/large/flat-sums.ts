import { gramDiagonal } from '../gram.ts'
import type { Matrix } from '../../types.ts'
import { writePackedRows, type RowGram } from './gram-rows.ts'
import { SEGMENT, WIDE } from './layout.ts'
import { writeWide } from './wide-rows.ts'
import type { Workspace } from './workspace.ts'

/** matrix += weight · gram, right += factor · (weight · gram), with a few rows of the Gram at hand at a time. */
export function addFlat(space: Workspace, factor: Matrix, gram: RowGram, weight: number): void {
  const { kernel, at, address } = space
  multiplyFlat(space, factor, gram, weight, (first, count) =>
    kernel.addRows(address(at.matrix), at.stride, address(at.gram), first, count),
  )
  kernel.addDoubles(address(at.right), address(at.product), at.blocks * at.size * WIDE)
}

/** product ← factor · (weight · gram); each few rows also go to `take`. */
export function multiplyFlat(
  { kernel, memory, at, address }: Workspace,
  factor: Matrix,
  gram: RowGram,
  weight: number,
  take: (first: number, count: number) => void = () => undefined,
): void {
  const { size, blocks } = at
  writeWide(factor, memory, at.factor)
  memory.fill(0, at.product, at.right)
  memory.set(gramDiagonal(gram), at.diagonal)
  for (let first = 0; first < size; first += SEGMENT) {
    const count = Math.min(SEGMENT, size - first)
    writePackedRows(gram, first, first + count, memory.subarray(at.gram, at.factor))
    kernel.prepareRows(address(at.gram), address(at.diagonal), first, count, weight)
    take(first, count)
    for (let block = 0; block < blocks; block++) {
      const skip = block * size * WIDE
      kernel.multiplyRows(address(at.factor + skip), address(at.product + skip), address(at.gram), first, count) // prettier-ignore
    }
  }
}
