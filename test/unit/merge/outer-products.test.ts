import { test } from 'node:test'
import { addOuterProducts } from '../../../src/merge/linear/outer-products.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { assertSameBits, normal, positiveDefinite } from './random-matrices.ts'

test('outer products are added entry by entry in the order of the vectors, for any number of them', () => {
  const random = createRandom('outer products')
  for (const count of [0, 1, 3, 4, 5, 8, 11]) {
    const start = positiveDefinite(random, 7)
    const vectors = normal(random, count, 7)
    const values = Float64Array.from({ length: count }, () => random.uniform())
    const expected = start.data.slice()
    for (let i = 0; i < 7; i++) {
      for (let l = 0; l <= i; l++) {
        for (let j = 0; j < count; j++) expected[i * 7 + l]! += values[j]! * vectors.data[j * 7 + i]! * vectors.data[j * 7 + l]! // prettier-ignore
        expected[l * 7 + i] = expected[i * 7 + l]!
      }
    }
    addOuterProducts(start, vectors, values)
    assertSameBits(start, { rows: 7, cols: 7, data: expected }, `${count} vectors`)
  }
})
