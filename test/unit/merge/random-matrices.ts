import assert from 'node:assert/strict'
import { matmul, transpose, zeros } from '../../../src/merge/linear/matrix.ts'
import type { Random } from '../../../src/merge/linear/random.ts'
import type { Matrix } from '../../../src/merge/types.ts'

export function normal(random: Random, rows: number, cols: number): Matrix {
  const result = zeros(rows, cols)
  for (let i = 0; i < result.data.length; i++) result.data[i] = random.normal()
  return result
}

/** XᵀX of twelve random rows over the size, plus a tenth of the identity. */
export function positiveDefinite(random: Random, size: number): Matrix {
  const rows = normal(random, 12, size)
  const result = matmul(transpose(rows), rows)
  for (let i = 0; i < size; i++) result.data[i * size + i]! += 0.1
  for (let i = 0; i < result.data.length; i++) result.data[i]! /= size
  return result
}

/** Bit by bit, so that −0 is not 0; one NaN is as good as another. */
export function assertSameBits(actual: Matrix, expected: Matrix, what: string): void {
  assert.deepEqual([actual.rows, actual.cols], [expected.rows, expected.cols], what)
  const bad = expected.data.findIndex((value, i) => !Object.is(actual.data[i], value))
  if (bad >= 0) assert.fail(`${what}: entry ${bad} is ${actual.data[bad]}, expected ${expected.data[bad]}`)
}
