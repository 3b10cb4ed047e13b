import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { gramWeightedMean } from '../../../src/merge/rules/gram-weighted-mean.ts'
import { denseGram } from '../../../src/merge/linear/gram.ts'
import { shrink } from '../../../src/merge/rules/ridge.ts'
import type { Matrix } from '../../../src/merge/types.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

export type Rows = readonly (readonly number[])[]

/** One case of test/vectors/*.json; which fields it has depends on the file. */
export interface VectorCase {
  readonly name: string
  readonly ids: readonly string[]
  readonly alpha: number
  readonly rho: number
  readonly tol: number
  readonly [field: string]: unknown
}

export function readCases(file: string): readonly VectorCase[] {
  return (readVector(file) as { readonly cases: readonly VectorCase[] }).cases
}

export function readVector(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../vectors/${file}`, import.meta.url), 'utf8'))
}

export function matrices(value: unknown): readonly Matrix[] {
  return (value as readonly Rows[]).map(matrixFromRows)
}

/** Indices of the ids in the order in which the kernel sums. */
export function byId(ids: readonly string[]): readonly number[] {
  return ids.map((_, i) => i).sort((a, b) => (ids[a]! < ids[b]! ? -1 : 1))
}

/** The kernel's own steps on the matrices of a vector: shrink, scale, sum in id order, solve. */
export function kernelMerge(
  ids: readonly string[],
  factors: readonly Matrix[],
  grams: readonly Matrix[],
  alpha: number,
  rho: number,
  scale: readonly number[] = ids.map(() => 1),
): Matrix {
  const mean = gramWeightedMean(factors[0]!.rows, grams[0]!.rows)
  for (const i of byId(ids)) mean.add(factors[i]!, denseGram(shrink(grams[i]!, alpha, rho)), scale[i])
  return mean.solve()
}

export function assertBits(actual: Matrix, expected: unknown, what: string): void {
  const { data } = matrixFromRows(expected as Rows)
  assert.equal(actual.data.length, data.length, what)
  for (const [i, value] of data.entries()) {
    assert.ok(Object.is(actual.data[i], value), `${what}: entry ${i} is ${actual.data[i]}, expected ${value}`)
  }
}

/** |a − b| / max(1e-300, |b|) in the Frobenius norm. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length)
  let difference = 0
  let norm = 0
  for (let i = 0; i < actual.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2
    norm += expected[i]! ** 2
  }
  return Math.sqrt(difference) / Math.max(1e-300, Math.sqrt(norm))
}

export function assertClose(actual: Matrix, expected: unknown, tolerance: number, what: string): void {
  const error = relativeError(actual.data, matrixFromRows(expected as Rows).data)
  assert.ok(error <= tolerance, `${what}: relative error ${error}, at most ${tolerance}`)
}
