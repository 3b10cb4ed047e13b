import assert from 'node:assert/strict'
import { test } from 'node:test'
import { add, constant, exp, input, matmul, reshape } from '../../../../src/training/graph/index.ts'
import { peakBytes } from '../../../../src/training/memory/peak-bytes.ts'

test('a chain holds two values at once, however long it is', () => {
  let value = exp(input('x', [10, 10]))
  for (let i = 0; i < 50; i++) value = exp(value)
  assert.equal(peakBytes([value]), 2 * 400)
})

test('what is read again later stays until then, and outputs until the end', () => {
  const x = input('x', [10, 10])
  const first = exp(x)
  const later = exp(exp(exp(first)))
  assert.equal(peakBytes([add(later, first)]), 3 * 400)
  assert.equal(peakBytes([later, first]), 3 * 400)
})

test('frozen data and another shape of the same value take nothing', () => {
  const weights = constant(new Float32Array(1000), [10, 100])
  const x = input('x', [2, 5])
  const product = matmul(reshape(x, [1, 10]), weights) // (1, 100)
  assert.equal(peakBytes([product]), 4 * (10 + 100))
  assert.equal(peakBytes([reshape(product, [100])]), 4 * (10 + 100))
})
