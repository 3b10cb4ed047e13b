import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ShapeMismatchError } from '../../src/errors.ts'

test('a shape mismatch names operand, expected and actual', () => {
  const error = new ShapeMismatchError('gram of peer-a', [3, 3], [3, 4])
  assert.equal(error.code, 'ERR_SHAPE_MISMATCH')
  assert.equal(error.message, 'gram of peer-a: expected [3, 3], got [3, 4]')
})
