import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DECODERS } from '../../helpers/gossip/decoders.ts'
import { fuzzDecoder } from '../../helpers/gossip/fuzz-decoder.ts'

/** PEERMERGE_FUZZ_SEED repeats a run; without it every run is another. */
const seed = process.env.PEERMERGE_FUZZ_SEED ?? String(Date.now())

for (const decoder of DECODERS) {
  test(`${decoder.name}: 50,000 hostile messages, seed ${seed}`, { timeout: 600_000 }, async () => {
    const before = process.memoryUsage().heapUsed
    await fuzzDecoder(decoder, 50_000, seed)
    assert.ok(process.memoryUsage().heapUsed - before < 300 * 1024 * 1024)
  })
}
