import assert from 'node:assert/strict'
import { test } from 'node:test'
import { largeBuffers, withOwnArrays } from '../../../src/node/large-arrays.ts'

const LARGE = 2 ** 18

test('only memory of a megabyte and more is handed over, each once', () => {
  const shared = new Float32Array(2 * LARGE)
  const message = {
    job: 3,
    result: { tensors: new Map([['a', { shape: [LARGE], data: shared.subarray(0, LARGE) }], ['b', { shape: [LARGE], data: shared.subarray(LARGE) }]]), small: new Uint8Array(8), ids: ['x'] }, // prettier-ignore
  }
  assert.deepEqual(largeBuffers(message), [shared.buffer])
  const moved = structuredClone(message, { transfer: largeBuffers(message) })
  assert.equal(moved.result.tensors.get('b')!.data.length, LARGE)
  assert.equal(shared.length, 0, 'the sender has given it away')
  assert.equal(message.result.small.length, 8)
})

test('the sender keeps what it sends in copies', () => {
  const kept = new Float32Array(LARGE).fill(3)
  const own = withOwnArrays({ result: [{ data: kept }], small: new Uint8Array(4) })
  assert.notEqual(own.result[0]!.data.buffer, kept.buffer)
  structuredClone(own, { transfer: largeBuffers(own) })
  assert.equal(kept[LARGE - 1], 3)
})

test('a view of a part is copied alone', () => {
  const whole = new Float32Array(4 * LARGE)
  const own = withOwnArrays({ part: whole.subarray(LARGE, 2 * LARGE) })
  assert.equal(own.part.buffer.byteLength, 4 * LARGE)
})
