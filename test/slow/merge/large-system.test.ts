import { test } from 'node:test'
import { ldlt } from '../../../src/merge/linear/ldlt.ts'
import { ldltSolve } from '../../../src/merge/linear/ldlt-solve.ts'
import { zeros } from '../../../src/merge/linear/matrix.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { solveSymmetric } from '../../../src/merge/linear/symmetric-solve.ts'
import type { Matrix } from '../../../src/merge/types.ts'
import { assertSameBits, normal } from '../../unit/merge/random-matrices.ts'

/** Diagonally dominant, so that it costs no product to make. */
function dominant(size: number): Matrix {
  const random = createRandom(`dominant ${size}`)
  const result = zeros(size, size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const value = random.uniform() - 0.5
      result.data[i * size + j] = value
      result.data[j * size + i] = value
    }
    result.data[i * size + i] = size / 3 + random.uniform()
  }
  return result
}

for (const size of [768, 3072, 4095, 4096]) {
  test(`size ${size}: the kernel gives the bits of the plain solve`, (t) => {
    const matrix = dominant(size)
    const right = normal(createRandom('right'), 17, size)
    const start = performance.now()
    const actual = solveSymmetric(matrix, right)
    const kernel = performance.now()
    const expected = ldltSolve(ldlt(matrix), right)
    t.diagnostic(
      `kernel ${(kernel - start).toFixed(0)} ms, plain ${(performance.now() - kernel).toFixed(0)} ms`,
    )
    assertSameBits(actual, expected, `size ${size}`)
  })
}
