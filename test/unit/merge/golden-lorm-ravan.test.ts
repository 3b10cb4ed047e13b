import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orthonormalizeRows } from '../../../src/merge/linear/gram-schmidt.ts'
import { matmul, transpose } from '../../../src/merge/linear/matrix.ts'
import { packSymmetric, unpackSymmetric } from '../../../src/merge/linear/packed-symmetric.ts'
import { shrink } from '../../../src/merge/rules/ridge.ts'
import { weightedMean } from '../../../src/merge/rules/weighted-mean.ts'
import type { Matrix } from '../../../src/merge/types.ts'
import { assertBits, assertClose, byId, kernelMerge, matrices, readCases, type Rows } from './vectors.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

/** A G Aᵀ with its lower triangle mirrored, as it travels. */
function projectedGram(a: Matrix, gram: Matrix): Matrix {
  const product = matmul(matmul(a, gram), transpose(a))
  return unpackSymmetric(packSymmetric(product), a.rows)
}

for (const vector of readCases('lorm_b_step.json')) {
  test(`LoRM B-step, ${vector.name}`, () => {
    const a = matrixFromRows(vector.A as Rows)
    const grams = matrices(vector.G).map((gram) => projectedGram(a, shrink(gram, vector.alpha, 0)))
    grams.forEach((gram, i) => assertBits(gram, (vector.S_canonical as Rows[])[i], `S of ${vector.ids[i]}`))
    const merged = kernelMerge(vector.ids, matrices(vector.B), grams, 1, vector.rho)
    assertBits(merged, vector.expected_canonical, vector.name)
    assertClose(merged, vector.expected, vector.tol, vector.name)
  })
}

const ravan = readCases('ravan_merge.json')
const slice = ({ data, cols }: Matrix, head: number, rank: number): Matrix =>
  matrixFromRows(
    Array.from({ length: rank }, (_, i) =>
      Array.from(
        data.subarray((head * rank + i) * cols + head * rank, (head * rank + i) * cols + (head + 1) * rank),
      ),
    ),
  )

for (const vector of ravan.filter(({ expected_decoupled: decoupled }) => decoupled !== undefined)) {
  const heads = vector.heads as number
  const rank = vector.rank as number
  const uploads = (vector.upload as Rows[][]).map((cores) => cores.map(matrixFromRows))

  test(`Ravan decoupled heads, ${vector.name}`, () => {
    const a = matrixFromRows(vector.A as Rows)
    const gammas = matrices(vector.G).map((gram) => projectedGram(a, gram))
    gammas.forEach((gamma, i) =>
      assertBits(gamma, (vector.Gamma_canonical as Rows[])[i], `Γ of ${vector.ids[i]}`),
    )
    for (let head = 0; head < heads; head++) {
      const cores = uploads.map((heads) => heads[head]!)
      const grams = gammas.map((gamma) => slice(gamma, head, rank))
      const merged = kernelMerge(vector.ids, cores, grams, 1, 0)
      assertBits(merged, (vector.expected_decoupled_canonical as Rows[])[head], `head ${head}`)
      assertClose(merged, (vector.expected_decoupled as Rows[])[head], vector.tol, `head ${head}`)
    }
  })

  test(`Ravan's own mean of heads, ${vector.name}`, () => {
    for (let head = 0; head < heads; head++) {
      const mean = weightedMean(rank, rank)
      for (const i of byId(vector.ids)) mean.add(uploads[i]![head]!, 10)
      assertClose(mean.solve()!, (vector.expected_mean as Rows[])[head], vector.tol, `head ${head}`)
    }
  })
}

test('Ravan partial heads: summed over those who trained them, an untrained head keeps its value', () => {
  const vector = ravan.find(({ name }) => name.startsWith('partial heads'))!
  const rank = vector.rank as number
  const trained = vector.trained as number[][]
  const uploads = (vector.upload as Rows[][]).map((cores) => cores.map(matrixFromRows))
  const gammas = matrices(vector.Gamma)
  for (let head = 0; head < (vector.heads as number); head++) {
    const of = <T>(items: readonly T[]): T[] => items.filter((_, i) => trained[i]!.includes(head))
    const cores = of(uploads).map((heads) => heads[head]!)
    const grams = of(gammas).map((gamma) => slice(gamma, head, rank))
    const merged =
      cores.length > 0
        ? kernelMerge(of(vector.ids), cores, grams, 1, 0)
        : matrixFromRows((vector.previous as Rows[])[head]!)
    assertClose(merged, (vector.expected as Rows[])[head], vector.tol, `head ${head}`)
  }
})

test('modified Gram–Schmidt of columns', () => {
  const vector = ravan.find(({ name }) => name.startsWith('modified Gram'))!
  const q = transpose(orthonormalizeRows(transpose(matrixFromRows(vector.X as Rows))))
  assertClose(q, vector.expected, vector.tol, vector.name)
})

test('rows that depend on each other, or are too many, have no orthonormal basis', () => {
  const dependent = matrixFromRows([[1, 2, 3], [2, 4, 6]]) // prettier-ignore
  assert.throws(() => orthonormalizeRows(dependent), { code: 'ERR_MERGE_SPEC', message: /row 1 depends/ })
  const many = matrixFromRows([[1], [2]])
  assert.throws(() => orthonormalizeRows(many), { code: 'ERR_MERGE_SPEC', message: /2 orthonormal rows/ })
})
