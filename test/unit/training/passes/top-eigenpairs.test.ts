import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRandom } from '../../../../src/merge/index.ts'
import { GramSum } from '../../../../src/training/passes/gram-sum.ts'
import { symmetricEigen } from '../../../../src/merge/linear/symmetric-eigen.ts'
import { topEigenpairs } from '../../../../src/training/passes/top-eigenpairs.ts'

/** V diag(values) Vᵀ for random orthonormal V, packed; eigenvalues as given, whatever the search does. */
function withSpectrum(values: readonly number[], seed: string): Float64Array {
  const d = values.length
  const random = createRandom(seed)
  const rows = Array.from({ length: d }, () => Float64Array.from({ length: d }, () => random.normal()))
  for (const [i, row] of rows.entries()) {
    for (let twice = 0; twice < 2; twice++) {
      for (const q of rows.slice(0, i)) {
        const along = row.reduce((sum, value, k) => sum + value * q[k]!, 0)
        for (let k = 0; k < d; k++) row[k]! -= along * q[k]!
      }
    }
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    for (let k = 0; k < d; k++) row[k]! /= length
  }
  const packed: number[] = []
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++)
      packed.push(values.reduce((sum, value, v) => sum + value * rows[v]![i]! * rows[v]![j]!, 0))
  return Float64Array.from(packed)
}

const times = (packed: Float64Array, d: number, vector: ArrayLike<number>): Float64Array => {
  const result = new Float64Array(d)
  for (let i = 0, at = 0; i < d; i++) {
    for (let j = 0; j <= i; j++, at++) {
      result[i]! += packed[at]! * vector[j]!
      if (i !== j) result[j]! += packed[at]! * vector[i]!
    }
  }
  return result
}

const SPECTRA: readonly (readonly [string, (i: number, d: number) => number])[] = [
  ['falls like that of a layer’s inputs', (i) => 900 / (i + 1) ** 1.5],
  ['has equal eigenvalues', (i) => (i < 3 ? 50 : i < 9 ? 20 : 0.5)],
  ['has fewer eigenvalues than are wanted', (i) => (i < 5 ? 30 - i : 0)],
  ['is nearly flat', (i, d) => 2 - i / d],
]

for (const d of [40, 150, 300]) {
  for (const [what, value] of SPECTRA) {
    describe(`the largest eigenpairs of ${d} × ${d}, whose spectrum ${what}`, () => {
      const k = 7
      const spectrum = Array.from({ length: d }, (_, i) => value(i, d))
      const packed = withSpectrum(spectrum, `${what} ${d}`)
      const { values, vectors } = topEigenpairs(packed, d, k)
      const tolerance = what === 'is nearly flat' ? 1e-3 : 1e-6

      it('are the largest', () => {
        assert.deepEqual([values.length, vectors.length], [k, k * d])
        for (let i = 0; i < k; i++)
          assert.ok(
            Math.abs(values[i]! - spectrum[i]!) <= tolerance * spectrum[0]!,
            `${values[i]} is not ${spectrum[i]}`,
          )
      })

      it('are orthonormal eigenvectors', () => {
        for (let i = 0; i < k; i++) {
          const v = vectors.subarray(i * d, (i + 1) * d)
          for (let j = 0; j <= i; j++) {
            const w = vectors.subarray(j * d, (j + 1) * d)
            const dot = v.reduce((sum, entry, at) => sum + entry * w[at]!, 0)
            assert.ok(Math.abs(dot - Number(i === j)) < 1e-9, `rows ${i} and ${j}: ${dot}`)
          }
          const residual = times(packed, d, v).map((entry, at) => entry - values[i]! * v[at]!)
          const error = Math.sqrt(residual.reduce((sum, entry) => sum + entry * entry, 0))
          assert.ok(error <= 10 * tolerance * spectrum[0]!, `pair ${i}: off by ${error}`)
        }
      })

      it('have the same bits again', () => {
        assert.deepEqual(topEigenpairs(packed, d, k), { values, vectors })
      })
    })
  }
}

describe('symmetricEigen', () => {
  it('gives all pairs of a matrix, whose sum gives it back', () => {
    const d = 23
    const packed = withSpectrum(
      Array.from({ length: d }, (_, i) => 5 - i * 0.7),
      'jacobi',
    ) // some negative
    const full = new Float64Array(d * d)
    for (let i = 0, at = 0; i < d; i++)
      for (let j = 0; j <= i; j++) full[i * d + j] = full[j * d + i] = packed[at++]!
    const before = full.slice()
    const { values, vectors } = symmetricEigen(full, d)
    assert.deepEqual(full, before, 'its argument stays')
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        const sum = values.reduce(
          (total, value, v) => total + value * vectors[v * d + i]! * vectors[v * d + j]!,
          0,
        )
        assert.ok(Math.abs(sum - full[i * d + j]!) < 1e-12 * 25, `entry ${i}, ${j}`)
      }
    }
    assert.ok(values.every((value, i) => i === 0 || value <= values[i - 1]!))
  })
})

describe('GramSum', () => {
  it('keeps the trace in the remainder of top-k', () => {
    const d = 12
    const random = createRandom('gram')
    const sum = new GramSum(d, 'top-k', 3)
    let trace = 0
    for (let batch = 0; batch < 4; batch++) {
      const row = Float32Array.from({ length: d }, (_, i) => random.normal() / (i + 1))
      const product = Float32Array.from({ length: d * d }, (_, at) => row[Math.floor(at / d)]! * row[at % d]!)
      sum.add(product, 5)
      for (let i = 0; i < d; i++) trace += product[i * d + i]!
    }
    const summary = sum.summary()
    assert.ok(summary.kind === 'top-k')
    const kept = summary.values.data.reduce((total, value) => total + value, 0) + (d - 3) * summary.rest
    assert.equal(sum.rows, 20)
    assert.ok(Math.abs(kept - trace) < 1e-6 * trace)
  })
})
