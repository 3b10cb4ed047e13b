import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weightedMean } from '../../../src/merge/rules/weighted-mean.ts'
import {
  assertBits,
  assertClose,
  byId,
  kernelMerge,
  matrices,
  readCases,
  readVector,
  relativeError,
  type Rows,
} from './vectors.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

for (const vector of readCases('regmean.json')) {
  const { name, ids, alpha, rho, tol, expected, expected_canonical: bits } = vector
  if (bits === undefined) continue
  test(`RegMean, ${name}`, () => {
    const merged = kernelMerge(ids, matrices(vector.W), matrices(vector.G), alpha, rho)
    assertBits(merged, bits, name)
    assertClose(merged, expected, tol, name)
  })
}

test('a rank-deficient sum without a ridge is refused instead of inverted', () => {
  const pinv = readCases('regmean.json').find(({ name }) => name.includes('pinv'))!
  const grams = matrices(pinv.G).map((gram) => ({ ...gram, data: new Float64Array(gram.data.length) }))
  assert.throws(() => kernelMerge(pinv.ids, matrices(pinv.W), grams, 1, 0), {
    code: 'ERR_NOT_POSITIVE_DEFINITE',
  })
})

for (const vector of readCases('lorm_a_step.json')) {
  if (vector.G === undefined) continue
  test(`LoRM A-step by the same kernel, ${vector.name}`, () => {
    const merged = kernelMerge(vector.ids, matrices(vector.A), matrices(vector.G), vector.alpha, vector.rho)
    assertBits(merged, vector.expected_canonical, vector.name)
    assertClose(merged, vector.expected, vector.tol, vector.name)
  })
}

const headCases = readCases('lorm_head_task.json')

test('LoRM head: rows outside the task keep their value', () => {
  const vector = headCases.find(({ name }) => name.startsWith('LoRM head'))!
  const merged = kernelMerge(vector.ids, matrices(vector.W), matrices(vector.G), 0.5, 0)
  assertBits(merged, vector.expected_canonical, vector.name)
  assertClose(merged, vector.expected, vector.tol, vector.name)
  const bias = weightedMean(1, 6)
  for (const i of byId(vector.ids)) {
    bias.add(matrixFromRows([(vector.bias as Rows)[i]!]), (vector.n as number[])[i]!)
  }
  assertClose(bias.solve()!, [vector.expected_bias], vector.tol, 'bias')
})

test('per-class RegMean head: holders only, weighted by count over trace', () => {
  const vector = headCases.find(({ name }) => name.startsWith('recommended head'))!
  const counts = vector.class_counts as Rows
  const traces = matrices(vector.G).map(({ data, rows }) => {
    let sum = 0
    for (let i = 0; i < rows; i++) sum += data[i * rows + i]!
    return sum
  })
  const merged = (vector.base as Rows).map((base, c) => {
    const holders = vector.ids.map((_, i) => i).filter((i) => counts[i]![c]! > 0)
    if (holders.length === 0) return [...base]
    const rows = holders.map((i) => matrixFromRows([(vector.W as readonly Rows[])[i]![c]!]))
    const grams = holders.map((i) => matrices(vector.G)[i]!)
    const ids = holders.map((i) => vector.ids[i]!)
    const scale = holders.map((i) => counts[i]![c]! / traces[i]!)
    return [...kernelMerge(ids, rows, grams, vector.alpha, 0, scale).data]
  })
  assertBits(matrixFromRows(merged), vector.expected_canonical, vector.name)
  assertClose(matrixFromRows(merged), vector.expected, vector.tol, vector.name)
})

test('end of task: residuals merged by the tasks’ Grams', () => {
  const vector = headCases.find(({ name }) => name.startsWith('task-end'))!
  const merged = kernelMerge(vector.ids, matrices(vector.dW), matrices(vector.G), 1, 0)
  assertBits(merged, vector.expected_canonical, vector.name)
  assertClose(merged, vector.expected, vector.tol, vector.name)
})

test('one-shot: base + Σ nδ / Σ n, and any arrival order ends there', () => {
  const vector = readVector('oneshot.json') as {
    ids: string[]
    n: number[]
    base: number[]
    delta: number[][]
    expected_canonical: number[]
    running_after_each_arrival_in_list_order: number[][]
  }
  const mean = weightedMean(1, vector.base.length)
  for (const i of byId(vector.ids)) mean.add(matrixFromRows([vector.delta[i]!]), vector.n[i]!)
  const merged = [...mean.solve()!.data].map((value, j) => vector.base[j]! + value)
  assert.deepEqual(merged, vector.expected_canonical)
  assert.ok(relativeError(merged, vector.running_after_each_arrival_in_list_order.at(-1)!) < 1e-12)
})
