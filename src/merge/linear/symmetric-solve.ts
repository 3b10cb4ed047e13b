import { assertShape, matmul } from './matrix.ts'
import { denseGram, gramSize, toDense, type Gram } from './gram.ts'
import { hasPositivePivots, ldlt } from './ldlt.ts'
import { ldltSolve } from './ldlt-solve.ts'
import { NotPositiveDefiniteError } from '../errors.ts'
import { largeProduct, largeSystem, type LargeSystem } from './large/large-system.ts'
import type { RowGram } from './large/gram-rows.ts'
import type { Matrix } from '../types.ts'

/**
 * Size of a symmetric matrix from which on the WebAssembly kernel is used: sums of Grams are faster there from 16 on, a lone solve
 * for few right-hand sides from 64 (docs/performance.md). It never shows in the bits.
 */
export const LARGE_FROM = 16

/** X with X A = R for symmetric positive definite A. @throws as `ldlt` and `ldltSolve` */
export function solveSymmetric(matrix: Matrix, rightRows: Matrix, operand = 'matrix'): Matrix {
  assertShape(operand, matrix, matrix.rows, matrix.rows)
  assertShape('right-hand side', rightRows, rightRows.rows, matrix.rows)
  return withLarge(
    rightRows.rows,
    matrix.rows,
    (system) => {
      system.setMatrix(denseGram(matrix))
      system.setRight(rightRows)
      system.factor(operand)
      return system.solve()
    },
    () => ldltSolve(ldlt(matrix, operand), rightRows),
  )
}

/** Whether LDLᵀ meets only positive pivots. */
export function isPositiveDefinite(gram: Gram): boolean {
  return withLarge(
    0,
    gramSize(gram),
    (system) => {
      system.setMatrix(rowGram(gram))
      try {
        system.factor('matrix')
        return true
      } catch (error) {
        if (error instanceof NotPositiveDefiniteError) return false
        throw error
      }
    },
    () => hasPositivePivots(copy(toDense(gram))),
  )
}

/** factor · G, (rows, size) -> (rows, size); bits and order of `matmul`. */
export function timesGram(factor: Matrix, gram: Gram): Matrix {
  const size = gramSize(gram)
  assertShape('left factor', factor, factor.rows, size)
  const large = size < LARGE_FROM ? undefined : largeProduct(factor, rowGram(gram))
  return large ?? matmul(factor, toDense(gram))
}

/** As the kernel reads it. */
export function rowGram(gram: Gram): RowGram {
  return gram.kind === 'factored' ? denseGram(toDense(gram)) : gram
}

function withLarge<T>(rows: number, size: number, large: (system: LargeSystem) => T, plain: () => T): T {
  const system = size < LARGE_FROM ? undefined : largeSystem(rows, size)
  if (system === undefined) return plain()
  try {
    return large(system)
  } finally {
    system.close()
  }
}

function copy(matrix: Matrix): Matrix {
  return { ...matrix, data: matrix.data.slice() }
}
