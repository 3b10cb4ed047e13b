import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode as cbor } from '@ipld/dag-cbor'
import fc from 'fast-check'
import { MAX_ENVELOPES_PER_BATCH, MAX_IDS_PER_PAGE, MAX_TOLD_PEERS } from '../../../src/gossip/constants.ts'
import { inventoryDigest, inventoryPage } from '../../../src/gossip/sync/inventory.ts'
import type { InventoryReply, InventoryRequest } from '../../../src/gossip/sync/inventory-messages.ts'
import {
  decodeInventoryReply,
  decodeInventoryRequest,
  encodeInventoryReply,
  encodeInventoryRequest,
} from '../../../src/gossip/sync/inventory-messages.ts'
import { digestsBytes } from '../../../src/gossip/wire/wire.ts'
import { sha256 } from '../../helpers/gossip/contributions.ts'

const ids = Array.from({ length: 23 }, (_, i) => sha256(`contribution ${i}`)).sort()
const greeting = {
  digest: sha256('set'),
  count: 23,
  addresses: ['/ip4/192.0.2.7/tcp/4001'],
  peers: [{ peer: '12D3KooWPeer', addresses: ['/dns4/site.example/tcp/4001'] }],
  heard: 12,
  receipt: Uint8Array.of(7),
}

test('the digest speaks of the set: another set has another one', () => {
  const digest = inventoryDigest(ids)
  assert.equal(inventoryDigest([...ids]), digest)
  for (const [i] of ids.entries())
    assert.notEqual(inventoryDigest(ids.toSpliced(i, 1)), digest, `without ${i}`)
  assert.equal(inventoryDigest([]), sha256(''))
})

test('pages of any size cover all ids once, in order', () => {
  for (const limit of [1, 4, 22, 23, 24, 100]) {
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const page: { ids: readonly string[]; more: boolean } = inventoryPage(ids, after, limit)
      seen.push(...page.ids)
      if (!page.more) break
      after = page.ids.at(-1)!
    }
    assert.deepEqual(seen, ids, `pages of ${limit}`)
  }
})

test('a page goes on after an id that has gone since', () => {
  assert.deepEqual(
    inventoryPage(ids, sha256('gone'), 30).ids,
    ids.filter((id) => id > sha256('gone')),
  )
})

const requests: InventoryRequest[] = [
  { type: 'hello', consortium: 'a', reciprocal: true, greeting },
  { type: 'ids', after: null },
  { type: 'ids', after: ids[3]! },
  { type: 'get', ids: ids.slice(2, 9) },
]
const replies: InventoryReply[] = [
  { type: 'hello', greeting },
  { type: 'ids', ids, more: true },
  { type: 'envelopes', envelopes: [Uint8Array.of(3, 1), Uint8Array.of(4, 1, 5)] },
  { type: 'refused', reason: 'malformed' },
]
test('messages survive their bytes', () => {
  for (const request of requests)
    assert.deepEqual(decodeInventoryRequest(encodeInventoryRequest(request)), request)
  for (const reply of replies) assert.deepEqual(decodeInventoryReply(encodeInventoryReply(reply)), reply)
})

const tooMany = digestsBytes(Array.from({ length: MAX_IDS_PER_PAGE + 1 }, (_, i) => sha256(`${i}`)).sort())
const wrongRequests: Record<string, object> = {
  'an unknown type': { v: 1, type: 'put' },
  'half an id': { v: 1, type: 'ids', after: new Uint8Array(16) },
  'two ids to go on from': { v: 1, type: 'ids', after: new Uint8Array(64) },
  'too many ids asked for': {
    v: 1,
    type: 'get',
    ids: tooMany.subarray(0, 32 * (MAX_ENVELOPES_PER_BATCH + 1)),
  },
  'ids cut off': { v: 1, type: 'get', ids: tooMany.subarray(0, 33) },
}
const wrongReplies: Record<string, object> = {
  'too many ids': { v: 1, type: 'ids', ids: tooMany, more: true },
  'ids not ascending': { v: 1, type: 'ids', ids: digestsBytes([...ids].reverse()), more: false },
  'an id twice': { v: 1, type: 'ids', ids: digestsBytes([ids[0]!, ids[0]!]), more: false },
  'a negative count': { v: 1, type: 'hello', ...greeting, digest: new Uint8Array(32), count: -1 },
  'too many peers': {
    v: 1,
    type: 'hello',
    ...greeting,
    digest: new Uint8Array(32),
    peers: Array(MAX_TOLD_PEERS + 1).fill({ peer: 'p', addresses: [] }),
  },
  'a peer with a further field': {
    v: 1,
    type: 'hello',
    ...greeting,
    digest: new Uint8Array(32),
    peers: [{ peer: 'p', addresses: [], score: 1 }],
  },
}
for (const [name, value] of Object.entries(wrongRequests)) {
  test(`a request with ${name} is malformed`, () => {
    assert.throws(() => decodeInventoryRequest(cbor(value)), { reason: 'malformed' })
  })
}
for (const [name, value] of Object.entries(wrongReplies)) {
  test(`a reply with ${name} is malformed`, () => {
    assert.throws(() => decodeInventoryReply(cbor(value)), { reason: 'malformed' })
  })
}

test('any bytes are refused by name', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      assert.throws(() => decodeInventoryRequest(noise), { code: 'ERR_REFUSED' })
      assert.throws(() => decodeInventoryReply(noise), { code: 'ERR_REFUSED' })
    }),
    { seed: 5, numRuns: 200 },
  )
})
