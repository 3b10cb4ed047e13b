import { gramDiagonal } from '../gram.ts'
import type { Matrix } from '../../types.ts'
import { writeRows, type RowGram } from './gram-rows.ts'
import type { Workspace } from './workspace.ts'

/** matrix += weight · gram, sum += factor · (weight · gram), with the Gram in full. */
export function addTall(
  { kernel, memory, at, address }: Workspace,
  factor: Matrix,
  gram: RowGram,
  weight: number,
): void {
  const { rows, size, stride } = at
  const place = address(at.gram)
  writeRows(gram, gramDiagonal(gram), memory.subarray(at.gram, at.factor), stride)
  kernel.mirror(place, size, stride)
  kernel.scaleAndAdd(address(at.matrix), place, size * stride, weight)
  memory.set(factor.data, at.factor)
  kernel.addTallProduct(address(at.sum), address(at.factor), place, rows, size, stride)
}
