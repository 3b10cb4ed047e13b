import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChunkServer } from '../../../src/gossip/blocks/chunk-server.ts'
import { encodeChunkRequest } from '../../../src/gossip/blocks/chunk-messages.ts'
import { memoryFrames } from '../../helpers/gossip/memory-frames.ts'

const ID = 'aa'.repeat(32)
const CHUNK = 'bb'.repeat(32)

/** What is told of what has gone out, for a request from this offset on; throttled to nothing after so many frames. */
async function told(offset: number, framesAllowed = Infinity): Promise<unknown[]> {
  const served: unknown[] = []
  const [near, far] = memoryFrames()
  let frames = 0
  const server = new ChunkServer({
    store: {
      getChunk: () => Promise.resolve(new Uint8Array(1_000_000)),
      hasChunk: () => Promise.resolve(true),
    },
    logger: { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined },
    slots: { acquire: () => Promise.resolve(() => undefined) },
    up: { pay: () => (frames++ < framesAllowed ? Promise.resolve(0) : Promise.reject(new Error('stopped'))) },
    chunksOf: () => Promise.resolve([CHUNK]),
    isPruned: () => false,
    onAsked: () => undefined,
    onServed: (...all) => served.push(all),
    onHolds: () => undefined,
    onViolation: () => undefined,
  })
  const serving = server.serve(far, 'mill')
  await near.write([encodeChunkRequest({ type: 'chunk', id: ID, digest: CHUNK, offset })])
  await near.close()
  await serving
  return served
}

test('what has gone out is told with who has got it: all of a chunk, the rest of one, nothing of none', async () => {
  assert.deepEqual(await told(0), [['mill', ID, CHUNK, 1_000_000]])
  assert.deepEqual(await told(950_000), [['mill', ID, CHUNK, 50_000]])
  assert.deepEqual(await told(1_000_000), [])
})

test('of a stream that breaks off the frames before are told', async () => {
  const [[, , , bytes]] = (await told(0, 1)) as [[string, string, string, number]]
  assert.ok(bytes > 0 && bytes < 1_000_000)
  assert.deepEqual(await told(0, 0), [])
})
