import { digestWriter } from '../../../src/merge/format/digest-writer.ts'
import { ldlt } from '../../../src/merge/linear/ldlt.ts'
import { ldltSolve } from '../../../src/merge/linear/ldlt-solve.ts'
import { addInto, matmul, tensorFromMatrix, zeros } from '../../../src/merge/linear/matrix.ts'
import { solveSymmetric } from '../../../src/merge/linear/symmetric-solve.ts'
import type { Matrix } from '../../../src/merge/types.ts'

/** The least positive double; half of the least normal one; a float32 below the least normal one. */
const [LEAST, SMALL, SMALL_FLOAT] = [2 ** -1074, 2 ** -1023, 2 ** -140]

/** 2 · I with ones beside the diagonal: a system whose solution is known. */
function tridiagonal(size: number): Matrix {
  const result = zeros(size, size)
  for (let i = 0; i < size; i++) {
    result.data[i * size + i] = 2
    if (i > 0) result.data[i * size + i - 1] = result.data[(i - 1) * size + i] = 1
  }
  return result
}

/** The solution of x A = (2048, 1024, 0 …) · 2⁻¹⁰⁷⁴ is (1024, 0 …) · 2⁻¹⁰⁷⁴; its first entry. */
function solved(solve: (a: Matrix, right: Matrix) => Matrix, size: number): number {
  const right = zeros(1, size)
  right.data.set([2048 * LEAST, 1024 * LEAST])
  return solve(tridiagonal(size), right).data[0]! / LEAST
}

/**
 * What subnormal numbers come to; every entry is another one, mostly 0, where a processor flushes them to zero or takes them for it.
 */
export function subnormalFindings(): Record<string, number | string> {
  const sum = { rows: 1, cols: 1, data: Float64Array.of(LEAST) }
  addInto(sum, { rows: 1, cols: 1, data: Float64Array.of(SMALL) })
  const product = matmul({ rows: 1, cols: 1, data: Float64Array.of(SMALL) }, { rows: 1, cols: 1, data: Float64Array.of(0.5) }) // prettier-ignore
  const tensor = tensorFromMatrix('small', { rows: 1, cols: 1, data: Float64Array.of(SMALL_FLOAT) })
  return {
    sum: (sum.data[0]! - SMALL) / LEAST,
    product: product.data[0]! / LEAST / 2 ** 50,
    plain: solved((a, right) => ldltSolve(ldlt(a), right), 3),
    kernel: solved(solveSymmetric, 40),
    float: tensor.data[0]! * 2 ** 140,
    digest: digestWriter('subnormal').tensor(tensor).digest(),
  }
}
