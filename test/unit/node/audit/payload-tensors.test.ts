import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { memorySource, openSafetensors, payloadChunks, payloadRef, writeSafetensors, type WritableTensor } from '../../../../src/merge/index.ts' // prettier-ignore
import { payloadTensors } from '../../../../src/node/audit/payload-tensors.ts'

const floats = (n: number) => ({ shape: [n], data: Float32Array.from({ length: n }, (_, i) => i) })

async function named(bytes: Uint8Array, missing?: number) {
  const ref = payloadRef(bytes)
  const chunks = new Map(payloadChunks(bytes).map((chunk, i) => [ref.chunks[i]!, i === missing ? undefined : chunk])) // prettier-ignore
  return await payloadTensors(ref, (digest) => Promise.resolve(chunks.get(digest)))
}

test('tensors that lie across chunks, or are empty, have the digests of their bytes', async () => {
  const tensors = new Map<string, WritableTensor>([['a', floats(300_000)], ['b', floats(0)], ['c', floats(3)], ['d', floats(700_000)], ['mask/a', { shape: [5], data: Uint8Array.of(1, 2, 3, 4, 5) }]]) // prettier-ignore
  const bytes = writeSafetensors(tensors)
  const file = openSafetensors(memorySource(bytes))
  const found = (await named(bytes))!
  assert.equal(found.length, 5)
  for (const { name, digest, type, shape, bytes: size } of found) {
    const entry = file.entries.get(name)!
    assert.deepEqual([type, shape, size], [entry.type, [...entry.shape], entry.byteLength], name)
    assert.equal(digest, createHash('sha256').update(file.bytes(name)).digest('hex'), name)
  }
  const total = found.reduce((sum, tensor) => sum + tensor.bytes, 0)
  assert.ok(bytes.length - total < 1024, 'all but the header')
})

test('a payload with a chunk missing has no tensors to name', async () => {
  const bytes = writeSafetensors(new Map([['a', floats(600_000)]]))
  for (const missing of [0, 1, 2]) assert.equal(await named(bytes, missing), null)
})
