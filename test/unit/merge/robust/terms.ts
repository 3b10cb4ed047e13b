import { denseGram, ridged } from '../../../../src/merge/linear/gram.ts'
import { matmul, transpose } from '../../../../src/merge/linear/matrix.ts'
import type { Random } from '../../../../src/merge/linear/random.ts'
import type { Term } from '../../../../src/merge/rules/term.ts'
import type { Matrix, RobustSpec } from '../../../../src/merge/types.ts'
import { matrixFromRows } from '../matrix-from-rows.ts'

/** No step at all. */
export const OFF: RobustSpec = { normalise: false, countCap: { atMost: 2 ** 24 } }

export function randomMatrix(random: Random, rows: number, cols: number): Matrix {
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => random.normal()) }
}

export function scalarTerm(value: number, changes: Partial<Term> = {}): Term {
  return {
    id: `term of ${value}`,
    weight: 1,
    count: 1,
    value: matrixFromRows([[value]]),
    gram: undefined,
    ...changes,
  }
}

/** A value of (rows, size) and a Gram of `count` random rows. */
export function randomTerm(random: Random, rows: number, size: number, count = 3 * size): Term {
  const inputs = randomMatrix(random, count, size)
  const gram = ridged(denseGram(matmul(transpose(inputs), inputs)), 1e-6)
  return { id: String(random.uint32()), weight: 1, count, value: randomMatrix(random, rows, size), gram }
}

export function bits(matrix: Matrix): readonly number[] {
  return [matrix.rows, matrix.cols, ...matrix.data]
}
