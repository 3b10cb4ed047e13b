import assert from 'node:assert/strict'
import { test } from 'node:test'
import { add, constant, gelu, input, matmul } from '../../../../src/training/graph/index.ts'
import { sameValues } from '../../../../src/training/graph/same-values.ts'
import type { Value } from '../../../../src/training/graph/index.ts'

const data = Float32Array.of(1, 2, 3, 4)
const layer = (weights: Float32Array, name?: string): Value =>
  matmul(input('x', [2, 2]), name === undefined ? constant(weights, [2, 2]) : constant(weights, [2, 2], name))

test('what two graphs compute alike is found, wherever it stands', () => {
  const known = layer(data)
  const again = layer(data)
  const same = sameValues([gelu(add(again, input('y', [2, 2])))], [known])
  assert.deepEqual([...same], [[again, known]])
})

test('other constants, inputs or operators are not alike', () => {
  const known = layer(data)
  const others = [layer(Float32Array.of(1, 2, 3, 4)), matmul(input('z', [2, 2]), constant(data, [2, 2])), matmul(input('x', [2, 2]), constant(data, [2, 2]), { transposeB: true })] // prettier-ignore
  assert.equal(sameValues(others, [known]).size, 0)
})

test('constants of one name are alike, as weights are that were read twice', () => {
  assert.equal(sameValues([layer(Float32Array.of(1, 2, 3, 4), 'w')], [layer(data, 'w')]).size, 1)
})
