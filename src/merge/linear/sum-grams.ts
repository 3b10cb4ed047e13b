import { ShapeMismatchError } from '../../errors.ts'
import { denseGram, gramSize, toDense, type Gram } from './gram.ts'
import { addInto, zeros } from './matrix.ts'

/**
 * Σ Gᵢ, in the order given. Factored ones stay so, their vectors below each other and their diagonals added up; of other kinds every
 * entry is added. Precision: float64.
 *
 * @throws ShapeMismatchError - of different sizes
 */
export function sumGrams(grams: readonly [Gram, ...Gram[]]): Gram {
  const size = gramSize(grams[0])
  const odd = grams.find((gram) => gramSize(gram) !== size)
  if (odd !== undefined) throw new ShapeMismatchError('Gram', [size, size], [gramSize(odd), gramSize(odd)])
  const factored = grams.filter((gram) => gram.kind === 'factored')
  if (factored.length < grams.length) return denseSum(grams, size)
  const diagonal = new Float64Array(size)
  for (const one of factored) for (let i = 0; i < size; i++) diagonal[i]! += one.diagonal[i]!
  const values = Float64Array.from(factored.flatMap(({ values }) => [...values]))
  const vectors = zeros(values.length, size)
  let at = 0
  for (const { vectors: some } of factored) {
    vectors.data.set(some.data, at)
    at += some.data.length
  }
  return { kind: 'factored', vectors, values, diagonal }
}

function denseSum(grams: readonly Gram[], size: number): Gram {
  const sum = zeros(size, size)
  for (const gram of grams) addInto(sum, toDense(gram))
  return denseGram(sum)
}
