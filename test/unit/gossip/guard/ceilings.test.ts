import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as constants from '../../../../src/gossip/constants.ts'
import type { Rate } from '../../../../src/gossip/wire/token-bucket.ts'

const MIB = 1024 * 1024

/** What a rate may cost at most while its owner does its worst: per second, and at once. */
const worst: Readonly<Record<string, Rate>> = {
  REQUEST_RATE: { perSecond: 500, burst: 1000 },
  CHUNK_REQUEST_RATE: { perSecond: 500, burst: 1000 },
  GOSSIP_RATE: { perSecond: 100, burst: 1000 },
  GOSSIP_BYTE_RATE: { perSecond: MIB, burst: 8 * MIB },
  ANNOUNCER_RATE: { perSecond: 10, burst: 1000 },
  AUTHOR_RATE: { perSecond: 1, burst: 10_000 },
  ROUND_REQUEST_RATE: { perSecond: 10, burst: 100 },
  ROUND_WORD_RATE: { perSecond: 10, burst: 200 },
  STANDING_RATE: { perSecond: 1, burst: 10 },
  TOLD_REFUSALS_RATE: { perSecond: 1, burst: 200 },
}

test('every rate is one that a node bears', () => {
  const all: Readonly<Record<string, unknown>> = { ...constants }
  for (const [name, most] of Object.entries(worst)) {
    const { perSecond, burst } = all[name] as Rate
    assert.ok(perSecond > 0 && perSecond <= most.perSecond, `${name}: ${perSecond} a second`)
    assert.ok(burst >= 1 && burst <= most.burst, `${name}: ${burst} at once`)
  }
  const rates = Object.keys(all).filter((name) => name.endsWith('_RATE'))
  assert.deepEqual(rates.sort(), Object.keys(worst).sort(), 'a rate that this test does not know')
})

test('an honest peer stays below what is taken from it', () => {
  const { MAX_INBOUND_STREAMS_PER_PEER, MAX_CHUNK_STREAMS_PER_PEER, MAX_SYNC_STREAMS_PER_PEER } = constants
  assert.ok(MAX_CHUNK_STREAMS_PER_PEER + MAX_SYNC_STREAMS_PER_PEER + 4 <= MAX_INBOUND_STREAMS_PER_PEER)
  assert.ok(constants.MAX_GOSSIP_FRAME_BYTES <= constants.GOSSIP_BYTE_RATE.burst)
})
