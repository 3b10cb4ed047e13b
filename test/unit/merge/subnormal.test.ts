import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestWriter } from '../../../src/merge/format/digest-writer.ts'
import { subnormalFindings } from './subnormal.ts'

/** Known by hand: no engine computes them for the comparison. */
const EXPECTED = { sum: 1, product: 1, plain: 1024, kernel: 1024, float: 1 }

test('subnormal numbers are kept by sums, products, both solves, the rounding to float32 and the digest', () => {
  const { digest, ...found } = subnormalFindings()
  assert.deepEqual(found, EXPECTED)
  const zero = digestWriter('subnormal')
    .tensor({ shape: [1, 1], data: new Float32Array(1) })
    .digest()
  assert.notEqual(digest, zero)
})
