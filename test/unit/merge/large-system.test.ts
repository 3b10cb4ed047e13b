import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addToDiagonal,
  denseGram,
  packedGram,
  ridged,
  toDense,
  type Gram,
} from '../../../src/merge/linear/gram.ts'
import { largeProduct, largeSystem, type LargeSystem } from '../../../src/merge/linear/large/large-system.ts'
import { ldlt } from '../../../src/merge/linear/ldlt.ts'
import { ldltSolve } from '../../../src/merge/linear/ldlt-solve.ts'
import { addInto, matmul, zeros } from '../../../src/merge/linear/matrix.ts'
import { packSymmetric } from '../../../src/merge/linear/packed-symmetric.ts'
import { createRandom, type Random } from '../../../src/merge/linear/random.ts'
import {
  isPositiveDefinite,
  LARGE_FROM,
  solveSymmetric,
  timesGram,
} from '../../../src/merge/linear/symmetric-solve.ts'
import { gramWeightedMean } from '../../../src/merge/rules/gram-weighted-mean.ts'
import type { Matrix } from '../../../src/merge/types.ts'
import { assertSameBits, normal, positiveDefinite } from './random-matrices.ts'

/** Around every block of the kernel: vectors 2, tiles 4 and 8, sixteens, panels 64, columns 256. */
const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 255, 257, 321]

function inLarge<T>(rows: number, size: number, use: (system: LargeSystem) => T): T {
  const system = largeSystem(rows, size)
  assert.ok(system !== undefined, 'this engine has WebAssembly with SIMD')
  try {
    return use(system)
  } finally {
    system.close()
  }
}

function largeSolve(matrix: Matrix, right: Matrix): Matrix {
  return inLarge(right.rows, matrix.rows, (system) => {
    system.setMatrix(denseGram(matrix))
    system.setRight(right)
    system.factor('G')
    return system.solve()
  })
}

/** What is thrown, with the pivot in its message, or the bits. */
function outcome(solve: () => Matrix): Matrix | string {
  try {
    return solve()
  } catch (error) {
    return (error as Error).message
  }
}

function assertAgree(matrix: Matrix, right: Matrix, what: string): void {
  const plain = outcome(() => ldltSolve(ldlt(matrix, 'G'), right))
  const large = outcome(() => largeSolve(matrix, right))
  if (typeof plain === 'string' || typeof large === 'string') assert.equal(large, plain, what)
  else assertSameBits(large, plain, what)
}

for (const size of SIZES) {
  test(`solve of size ${size}: the bits of the plain one`, () => {
    const random = createRandom(`large ${size}`)
    for (const rows of [1, 3, 16, 17]) {
      assertAgree(positiveDefinite(random, size), normal(random, rows, size), `${rows} right-hand sides`)
    }
  })
}

test('solve at any size and scale, indefinite matrices included', () => {
  const cases = fc.record({
    size: fc.integer({ min: 1, max: 150 }),
    rows: fc.integer({ min: 1, max: 35 }),
    exponent: fc.integer({ min: -1060, max: 500 }),
    shift: fc.constantFrom(0, -0.3, -2),
    seed: fc.string({ maxLength: 8 }),
  })
  fc.assert(
    fc.property(cases, ({ size, rows, exponent, shift, seed }) => {
      const random = createRandom(`scale ${seed}`)
      const scale = 2 ** exponent
      const matrix = positiveDefinite(random, size)
      for (let i = 0; i < size; i++) matrix.data[i * size + i]! += shift * random.uniform()
      assertAgree(scaled(matrix, scale), scaled(normal(random, rows, size), scale), `2^${exponent}`)
    }),
    { seed: 20260101, numRuns: 120 },
  )
})

test('an indefinite matrix fails at the pivot where the plain one fails', () => {
  const random = createRandom('indefinite')
  for (const [size, bad] of [
    [3, 0],
    [70, 69],
    [130, 64],
    [130, 100],
    [200, 127],
  ] as const) {
    // prettier-ignore
    const matrix = positiveDefinite(random, size)
    matrix.data[bad * size + bad] = -1
    const fails = { code: 'ERR_NOT_POSITIVE_DEFINITE', message: new RegExp(`^G: pivot ${bad} is `) }
    assert.throws(() => largeSolve(matrix, normal(random, 2, size)), fails)
    assertAgree(matrix, normal(random, 2, size), `pivot ${bad}`)
    assert.equal(isPositiveDefinite(denseGram(matrix)), false)
  }
  const matrix = positiveDefinite(random, 80)
  matrix.data[70 * 80 + 3] = NaN
  assertAgree(matrix, normal(random, 2, 80), 'NaN')
})

test('only the lower triangle is read', () => {
  const random = createRandom('lower')
  const matrix = positiveDefinite(random, 75)
  const right = normal(random, 5, 75)
  const expected = largeSolve(matrix, right)
  for (let i = 0; i < 75; i++) for (let j = i + 1; j < 75; j++) matrix.data[i * 75 + j] = NaN
  assertSameBits(largeSolve(matrix, right), expected, 'upper triangle of NaN')
})

test('sums of weighted Grams and of products: the bits of the plain sums, whatever the form of the Gram', () => {
  for (const [rows, size] of [
    [1, 1],
    [3, 5],
    [16, 33],
    [17, 64],
    [20, 131],
    [40, 16],
    [70, 5],
    [131, 130],
    [5, 200],
  ] as const) {
    // prettier-ignore
    const random = createRandom(`sums ${rows} ${size}`)
    const terms = [1, 0.5, 0.3].map((weight) => ({ weight, factor: normal(random, rows, size), gram: aGram(random, size) })) // prettier-ignore
    const [denominator, numerator] = [zeros(size, size), zeros(rows, size)]
    for (const { weight, factor, gram } of terms) {
      const term = scaled(toDense(gram), weight)
      addInto(denominator, term)
      addInto(numerator, matmul(factor, term))
    }
    const expected = ldltSolve(ldlt(denominator), numerator)
    for (const form of ['packed', 'dense'] as const) {
      const actual = inLarge(rows, size, (system) => {
        for (const { weight, factor, gram } of terms) {
          system.add(factor, form === 'packed' ? gram : denseGram(toDense(gram)), weight)
        }
        system.factor('sum')
        return system.solve()
      })
      assertSameBits(actual, expected, `${form}, ${rows} × ${size}`)
    }
    const { factor, gram } = terms[0]!
    assertSameBits(largeProduct(factor, gram)!, matmul(factor, toDense(gram)), 'product')
  }
})

test('what callers use gives the same bits on both sides of the size from which the kernel is used', () => {
  for (const size of [LARGE_FROM - 1, LARGE_FROM, LARGE_FROM + 1]) {
    const random = createRandom(`callers ${size}`)
    const matrix = positiveDefinite(random, size)
    const right = normal(random, 6, size)
    assertSameBits(solveSymmetric(matrix, right), ldltSolve(ldlt(matrix), right), 'solveSymmetric')
    assertSameBits(timesGram(right, denseGram(matrix)), matmul(right, matrix), 'timesGram')
    assert.equal(isPositiveDefinite(denseGram(matrix)), true)
    const mean = gramWeightedMean(6, size)
    mean.add(right, factored(random, size), 0.7)
    mean.add(right, packedGram(packSymmetric(matrix), size))
    assert.equal(mean.solve().data.some(Number.isNaN), false)
  }
})

test('two systems at once do not disturb each other, and a used memory leaves nothing behind', () => {
  const random = createRandom('two')
  const [a, b] = [positiveDefinite(random, 90), positiveDefinite(random, 40)]
  const [x, y] = [normal(random, 4, 90), normal(random, 20, 40)]
  inLarge(4, 90, (first) => {
    first.add(x, denseGram(a), 1)
    assertSameBits(largeSolve(b, y), ldltSolve(ldlt(b), y), 'inner')
    first.factor('outer')
    assertSameBits(first.solve(), ldltSolve(ldlt(a), matmul(x, a)), 'outer')
  })
  assertAgree(b, y, 'after')
})

function aGram(random: Random, size: number): Gram & { kind: 'packed' } {
  const gram = packedGram(Float32Array.from(packSymmetric(positiveDefinite(random, size))), size)
  return ridged(gram, 1e-6) as Gram & { kind: 'packed' }
}

function factored(random: Random, size: number): Gram {
  const gram: Gram = { kind: 'factored', vectors: normal(random, 2, size), values: Float64Array.of(3, 2), diagonal: new Float64Array(size) } // prettier-ignore
  return addToDiagonal(gram, 0.5)
}

function scaled(matrix: Matrix, factor: number): Matrix {
  return { ...matrix, data: matrix.data.map((value) => factor * value) }
}
