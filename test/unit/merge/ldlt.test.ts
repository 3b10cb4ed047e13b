import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasPositivePivots, ldlt } from '../../../src/merge/linear/ldlt.ts'
import { matmul, transpose, zeros } from '../../../src/merge/linear/matrix.ts'
import { createRandom, type Random } from '../../../src/merge/linear/random.ts'
import { solveSymmetric } from '../../../src/merge/linear/symmetric-solve.ts'
import type { Matrix } from '../../../src/merge/types.ts'
import { relativeError } from './vectors.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

function normal(random: Random, rows: number, cols: number): Matrix {
  const result = zeros(rows, cols)
  for (let i = 0; i < result.data.length; i++) result.data[i] = random.normal()
  return result
}

/** The published order, one entry after the other, without any blocking. */
function plainSolve(a: Matrix, rightRows: Matrix): number[] {
  const n = a.rows
  const l = Array.from({ length: n }, () => new Array<number>(n).fill(0))
  const d: number[] = []
  for (let j = 0; j < n; j++) {
    let s = a.data[j * n + j]!
    for (let k = 0; k < j; k++) s -= l[j]![k]! * l[j]![k]! * d[k]!
    d.push(s)
    for (let i = j + 1; i < n; i++) {
      let t = a.data[i * n + j]!
      for (let k = 0; k < j; k++) t -= l[i]![k]! * l[j]![k]! * d[k]!
      l[i]![j] = t / s
    }
  }
  const out: number[] = []
  for (let row = 0; row < rightRows.rows; row++) {
    const y: number[] = []
    for (let i = 0; i < n; i++) {
      let t = rightRows.data[row * n + i]!
      for (let k = 0; k < i; k++) t -= l[i]![k]! * y[k]!
      y.push(t)
    }
    const x = new Array<number>(n).fill(0)
    for (let i = n - 1; i >= 0; i--) {
      let t = y[i]! / d[i]!
      for (let k = i + 1; k < n; k++) t -= l[k]![i]! * x[k]!
      x[i] = t
    }
    out.push(...x)
  }
  return out
}

for (const [size, rows] of [
  [1, 1],
  [2, 3],
  [5, 4],
  [11, 7],
  [34, 9],
] as const) {
  // prettier-ignore
  test(`blocks change no bit: size ${size}, ${rows} right-hand sides`, () => {
    const random = createRandom(`ldlt ${size}`)
    const x = normal(random, size + 5, size)
    const a = matmul(transpose(x), x)
    const right = normal(random, rows, size)
    const solved = solveSymmetric(a, right)
    assert.deepEqual([...solved.data], plainSolve(a, right))
    assert.ok(relativeError(matmul(solved, a).data, right.data) < 1e-9)
  })
}

test('a singular, an indefinite, a NaN matrix and none at all are told apart from positive definite ones', () => {
  const code = 'ERR_NOT_POSITIVE_DEFINITE'
  for (const rows of [
    [
      [1, 1],
      [1, 1],
    ],
    [
      [1, 2],
      [2, 1],
    ],
    [
      [1, 0],
      [0, NaN],
    ],
    [[0]],
    [[-1]],
  ]) {
    // prettier-ignore
    assert.throws(() => ldlt(matrixFromRows(rows), 'G'), { code, message: /^G: pivot \d is / })
    assert.equal(hasPositivePivots(matrixFromRows(rows)), false)
  }
  assert.equal(hasPositivePivots(matrixFromRows([[2, 1], [1, 2]])), true) // prettier-ignore
  assert.throws(() => ldlt(zeros(2, 3), 'G'), { code: 'ERR_SHAPE_MISMATCH' })
})
