import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode as cbor } from '@ipld/dag-cbor'
import {
  decodeChunkReplyHead,
  decodeChunkRequest,
  encodeChunkReplyHead,
  encodeChunkRequest,
} from '../../../src/gossip/blocks/chunk-messages.ts'
import {
  HOLDER_BACKOFF_MAX_MS,
  HOLDER_BACKOFF_MIN_MS,
  LIAR_BLOCK_MS,
  MAX_CHUNK_BYTES,
  MAX_CHUNKS_PER_PAYLOAD,
  MAX_STRIKES,
  STRIKE_HALF_LIFE_MS,
} from '../../../src/gossip/constants.ts'
import { HolderBook } from '../../../src/gossip/blocks/holder-book.ts'
import { KnownHolders } from '../../../src/gossip/blocks/known-holders.ts'
import { sha256 } from '../../helpers/gossip/contributions.ts'

test('chunk messages survive their bytes', () => {
  const [id, digest] = [sha256('contribution'), sha256('chunk')]
  for (const request of [
    { type: 'chunk', id, digest, offset: 262_144 },
    { type: 'have', id },
    { type: 'holds', id },
  ] as const)
    assert.deepEqual(decodeChunkRequest(encodeChunkRequest(request)), request)
  const head = { status: 'ok', size: 777, have: Uint8Array.of(5) } as const
  assert.deepEqual(decodeChunkReplyHead(encodeChunkReplyHead(head)), head)
})

test('a chunk larger than a chunk is refused before it comes', () => {
  const have = new Uint8Array(0)
  const head = cbor({ v: 1, status: 'ok', size: MAX_CHUNK_BYTES + 1, have })
  assert.throws(() => decodeChunkReplyHead(head), { reason: 'malformed' })
  assert.throws(() => decodeChunkReplyHead(cbor({ v: 1, status: 'fine', size: 3, have })), {
    reason: 'malformed',
  })
  const longMap = cbor({ v: 1, status: 'ok', size: 3, have: new Uint8Array(MAX_CHUNKS_PER_PAYLOAD / 8 + 1) })
  assert.throws(() => decodeChunkReplyHead(longMap), { reason: 'malformed' })
  const [id, digest] = [new Uint8Array(32), new Uint8Array(32)]
  for (const wrong of [
    { v: 1, type: 'chunk', id, digest: new Uint8Array(31), offset: 0 },
    { v: 1, type: 'chunk', id, digest, offset: -1 },
    { v: 1, type: 'chunk', id, digest, offset: MAX_CHUNK_BYTES + 1 },
    { v: 1, type: 'have', id, digest },
    { v: 1, type: 'give', id },
  ])
    assert.throws(() => decodeChunkRequest(cbor(wrong)), { reason: 'malformed' }, JSON.stringify(wrong))
})

test('a failing holder is avoided for a doubling time up to a limit, and trusted again after a success', () => {
  let now = 1000
  const book = new HolderBook({ now: () => now })
  const avoidedFor = (): number => {
    const start = now
    while (book.isAvoided('p')) now += 100
    return now - start
  }
  book.failed('p')
  assert.equal(avoidedFor(), HOLDER_BACKOFF_MIN_MS)
  book.failed('p')
  assert.equal(avoidedFor(), 2 * HOLDER_BACKOFF_MIN_MS)
  for (let i = 0; i < 10; i++) book.failed('p')
  assert.equal(avoidedFor(), HOLDER_BACKOFF_MAX_MS)
  assert.equal(book.scoreOf('p'), 0, 'slowness is no crime')
  book.succeeded('p')
  book.failed('p')
  assert.equal(avoidedFor(), HOLDER_BACKOFF_MIN_MS)
  assert.equal(book.isAvoided('q'), false)
})

test('a liar is avoided for long and scored down until then', () => {
  let now = 0
  const book = new HolderBook({ now: () => now })
  book.struck('p')
  book.struck('p')
  book.struck('p')
  assert.ok(book.scoreOf('p') < -80, 'three strikes are below the threshold of gossipsub')
  now = 3 * LIAR_BLOCK_MS - 1
  assert.equal(book.isAvoided('p'), true)
  now++
  assert.equal(book.isAvoided('p'), false)
  assert.equal(book.scoreOf('p'), 0)
})

test('strikes halve with time, and many of them do not ban for ever', () => {
  let now = 0
  const book = new HolderBook({ now: () => now })
  book.struck('p')
  const first = book.scoreOf('p')
  now = STRIKE_HALF_LIFE_MS / 2
  assert.ok(book.scoreOf('p') > first)
  now = 10 * STRIKE_HALF_LIFE_MS
  book.struck('p')
  assert.ok(Math.abs(book.scoreOf('p') - first) < 0.1, 'an old strike hardly counts beside a new one')
  for (let i = 0; i < 1000; i++) book.struck('p')
  now += MAX_STRIKES * LIAR_BLOCK_MS
  assert.equal(book.isAvoided('p'), false)
})

test('those who say to hold a payload whole are asked first, then those who know it, then all others', () => {
  const holders = new KnownHolders()
  holders.note('id', 'c')
  holders.note('id', 'e', true)
  holders.note('id', 'e') // does not take back what it said
  holders.note('id', 'gone')
  const order = holders.inOrder('id', ['a', 'b', 'c', 'd', 'e'], () => 0.5)
  assert.deepEqual(order.slice(0, 2), ['e', 'c'])
  assert.deepEqual([...order.slice(2)].sort(), ['a', 'b', 'd'])
  assert.deepEqual([holders.holdsWhole('id', 'e'), holders.holdsWhole('id', 'c')], [true, false])
  holders.forget('id')
  assert.deepEqual(
    holders.inOrder('id', ['a', 'c'], () => 0.5),
    ['a', 'c'],
  )
})
