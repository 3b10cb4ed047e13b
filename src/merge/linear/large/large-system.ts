import { gramDiagonal } from '../gram.ts'
import { zeros } from '../matrix.ts'
import { NotPositiveDefiniteError } from '../../errors.ts'
import type { Matrix } from '../../types.ts'
import { addFlat, multiplyFlat } from './flat-sums.ts'
import { writeRows, type RowGram } from './gram-rows.ts'
import { giveBack } from './kernel.ts'
import { WIDE } from './layout.ts'
import { addTall } from './tall-sums.ts'
import { readWide, writeWide } from './wide-rows.ts'
import { workspace, type Workspace } from './workspace.ts'

/** A symmetric matrix and right-hand sides in the memory of the WebAssembly kernel, which is given back by `close`. */
export interface LargeSystem {
  /** matrix ← gram */
  setMatrix(gram: RowGram): void
  /** right ← rows (rows, size) */
  setRight(right: Matrix): void
  /** matrix += weight · gram and right += factor · (weight · gram), each product summed by ascending k from zero. */
  add(factor: Matrix, gram: RowGram, weight: number): void
  /** LDLᵀ in place. @throws NotPositiveDefiniteError - a pivot is not positive */
  factor(operand: string): void
  /** X with X A = right, after `factor`. */
  solve(): Matrix
  close(): void
}

/**
 * The same bits as ldlt.ts, ldlt-solve.ts and matmul, entry by entry in their order, two entries at a time: the matrix is gone
 * through in panels that fit the cache, and what a panel leaves is stored as doubles.
 *
 * Cost: as those. Memory: 8·size² bytes and 24 bytes an entry of the right-hand sides.
 * Undefined where the engine has no WebAssembly with SIMD or not that much memory. Matrix and right-hand sides begin as zeros;
 * right-hand sides are either set or summed.
 */
export function largeSystem(rows: number, size: number): LargeSystem | undefined {
  const space = workspace(rows, size)
  return space && systemIn(space)
}

/** factor · G, as `matmul`; undefined as `largeSystem`. */
export function largeProduct(factor: Matrix, gram: RowGram): Matrix | undefined {
  const { rows, cols } = factor
  const result = zeros(rows, cols)
  for (let first = 0; first < rows; first += WIDE) {
    const part = { rows: Math.min(WIDE, rows - first), cols, data: factor.data.subarray(first * cols, (first + WIDE) * cols) } // prettier-ignore
    const space = workspace(part.rows, cols)
    if (space === undefined) return undefined
    multiplyFlat(space, part, gram, 1)
    readWide(space.memory, space.at.product, { ...part, data: result.data.subarray(first * cols) })
    giveBack(space.kernel)
  }
  return result
}

function systemIn(space: Workspace): LargeSystem {
  const { kernel, memory, at, address } = space
  const { rows, size, stride, blocks, tall } = at
  const matrix = address(at.matrix)
  let summed = false
  return {
    setMatrix: (gram) => writeRows(gram, gramDiagonal(gram), memory.subarray(at.matrix), stride),
    setRight: (right) => writeWide(right, memory, at.right),
    add(factor, gram, weight) {
      summed = true
      if (tall) addTall(space, factor, gram, weight)
      else addFlat(space, factor, gram, weight)
    },
    factor(operand) {
      kernel.mirror(matrix, size, stride)
      const failed = kernel.factor(matrix, address(at.pivots), address(at.panel), size, stride)
      if (failed >= 0) throw new NotPositiveDefiniteError(operand, failed, memory[at.pivots + failed]!)
    },
    solve() {
      if (tall && summed) writeWide({ rows, cols: size, data: memory.subarray(at.sum, at.matrix), stride }, memory, at.right) // prettier-ignore
      for (let block = 0; block < blocks; block++) {
        kernel.solve(matrix, address(at.pivots), address(at.right + block * size * WIDE), size, stride)
      }
      const result = zeros(rows, size)
      readWide(memory, at.right, result)
      return result
    },
    close: () => giveBack(kernel),
  }
}
