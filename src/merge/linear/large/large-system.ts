import { gramDiagonal } from '../gram.ts'
import { zeros } from '../matrix.ts'
import { NotPositiveDefiniteError } from '../../errors.ts'
import type { Matrix } from '../../types.ts'
import { writePackedRows, writeRows, type RowGram } from './gram-rows.ts'
import { giveBack, takeKernel, type Kernel } from './kernel.ts'
import { layout, SEGMENT, WIDE, type Layout } from './layout.ts'
import { readWide, writeWide } from './wide-rows.ts'

/** A symmetric matrix and right-hand sides in the memory of the WebAssembly kernel, which is given back by `close`. */
export interface LargeSystem {
  /** matrix ← gram */
  setMatrix(gram: RowGram): void
  /** right ← rows (rows, size) */
  setRight(right: Matrix): void
  /** matrix += weight · gram and right += factor · (weight · gram), each product summed by ascending k from zero. */
  add(factor: Matrix, gram: RowGram, weight: number): void
  /** factor · gram, (rows, size); leaves matrix and right-hand sides alone. */
  product(factor: Matrix, gram: RowGram): Matrix
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
 * Undefined where the engine has no WebAssembly with SIMD or not that much memory. Matrix and right-hand sides begin as zeros.
 */
export function largeSystem(rows: number, size: number): LargeSystem | undefined {
  const places = layout(rows, size)
  const start = 1024 // the compiler keeps the first bytes to itself
  const kernel = takeKernel(start + places.end * 8)
  if (kernel === undefined) return undefined
  const memory = new Float64Array(kernel.memory.buffer, start, places.end)
  memory.fill(0, places.sum)
  return systemIn(kernel, memory, places, rows)
}

function systemIn(kernel: Kernel, memory: Float64Array, at: Layout, rows: number): LargeSystem {
  const { size, stride, blocks } = at
  const address = (index: number): number => memory.byteOffset + index * 8
  const matrix = address(at.matrix)
  const wide = size * WIDE

  /** product ← factor · (weight · gram); every few rows of the Gram also go to `take`. */
  const multiply = (
    factor: Matrix,
    gram: RowGram,
    weight: number,
    take: (first: number, count: number) => void,
  ): void => {
    writeWide(factor, memory, at.factor)
    memory.fill(0, at.product, at.sum)
    memory.set(gramDiagonal(gram), at.diagonal)
    for (let first = 0; first < size; first += SEGMENT) {
      const count = Math.min(SEGMENT, size - first)
      writePackedRows(gram, first, first + count, memory.subarray(at.segment, at.factor))
      kernel.prepareRows(address(at.segment), address(at.diagonal), first, count, weight)
      take(first, count)
      for (let block = 0; block < blocks; block++) {
        const [f, product] = [at.factor + block * wide, at.product + block * wide]
        kernel.multiplyRows(address(f), address(product), address(at.segment), first, count)
      }
    }
  }

  return {
    setMatrix: (gram) => writeRows(gram, gramDiagonal(gram), memory.subarray(at.matrix), stride),
    setRight: (right) => writeWide(right, memory, at.sum),
    add(factor, gram, weight) {
      multiply(factor, gram, weight, (first, count) =>
        kernel.addRows(matrix, stride, address(at.segment), first, count),
      )
      kernel.addDoubles(address(at.sum), address(at.product), blocks * wide)
    },
    product(factor, gram) {
      multiply(factor, gram, 1, () => undefined)
      const result = zeros(rows, size)
      readWide(memory, at.product, result)
      return result
    },
    factor(operand) {
      kernel.mirror(matrix, size, stride)
      const failed = kernel.factor(matrix, address(at.pivots), address(at.panel), size, stride)
      if (failed >= 0) throw new NotPositiveDefiniteError(operand, failed, memory[at.pivots + failed]!)
    },
    solve() {
      for (let block = 0; block < blocks; block++) {
        kernel.solve(matrix, address(at.pivots), address(at.sum + block * wide), size, stride)
      }
      const result = zeros(rows, size)
      readWide(memory, at.sum, result)
      return result
    },
    close: () => giveBack(kernel),
  }
}
