import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode as cbor } from '@ipld/dag-cbor'
import fc from 'fast-check'
import {
  MAX_ENVELOPES_PER_BATCH,
  MAX_RANGES_PER_MESSAGE,
  MAX_REST_PER_RANGE,
  MAX_SYNC_SETS,
  MAX_TOLD_PEERS,
  RANGE_BRANCHING,
} from '../../../../src/gossip/constants.ts'
import { END } from '../../../../src/gossip/sync/ranges.ts'
import type { SyncReply, SyncRequest } from '../../../../src/gossip/sync/sync-messages.ts'
import {
  decodeSyncReply,
  decodeSyncRequest,
  encodeSyncReply,
  encodeSyncRequest,
} from '../../../../src/gossip/sync/sync-messages.ts'
import { digestsBytes } from '../../../../src/gossip/wire/wire.ts'
import { sha256 } from '../../../helpers/gossip/contributions.ts'

const ids = Array.from({ length: 23 }, (_, i) => sha256(`contribution ${i}`)).sort()
const nonce = new Uint8Array(16).fill(3)
const greeting = {
  sets: [{ name: 'contributions', digest: sha256('set'), count: 23 }],
  addresses: ['/ip4/192.0.2.7/tcp/4001'],
  peers: [{ peer: '12D3KooWPeer', addresses: ['/dns4/site.example/tcp/4001'] }],
  yourSequence: 7,
  ledgerHead: sha256('ledger'),
  heard: 12,
  receipt: Uint8Array.of(7),
}
const print = { kind: 'fingerprint', fingerprint: '0123456789abcdef' } as const

const requests: SyncRequest[] = [
  { type: 'hello', consortium: 'a', nonce, greeting },
  { type: 'hello', consortium: 'a', nonce, greeting: { ...greeting, sets: [], ledgerHead: null } },
  {
    type: 'ranges',
    set: 'contributions',
    pieces: [
      { lower: '', upper: '10', ...print },
      { lower: '10', upper: '2041', kind: 'ids', ids: [] },
      { lower: '30', upper: END, kind: 'rest', ids },
    ],
  },
  { type: 'transfer', set: 'contributions', give: [Uint8Array.of(3, 1)], want: ids.slice(2, 9) },
]
const replies: SyncReply[] = [
  { type: 'hello', nonce, greeting },
  {
    type: 'ranges',
    answers: [
      [],
      [
        { upper: '77', ...print },
        { upper: END, ...print },
      ],
      [{ upper: END, kind: 'ids', ids }],
    ],
  },
  { type: 'transfer', set: 'contributions', give: [], want: [] },
  { type: 'refused', reason: 'malformed' },
]
test('messages survive their bytes', () => {
  for (const request of requests) assert.deepEqual(decodeSyncRequest(encodeSyncRequest(request)), request)
  for (const reply of replies) assert.deepEqual(decodeSyncReply(encodeSyncReply(reply)), reply)
})

const noBytes = new Uint8Array(0)
const hash8 = new Uint8Array(8)
const ranges = (...pieces: unknown[]): object => ({ v: 1, type: 'ranges', set: 's', ranges: pieces })
const answers = (...all: unknown[]): object => ({ v: 1, type: 'ranges', answers: all })
const hello = { v: 1, type: 'hello', nonce, ...greeting, sets: [], ledgerHead: noBytes }
const wrongRequests: Record<string, object> = {
  'an unknown type': { v: 1, type: 'put' },
  'a range of three': ranges([noBytes, 0, hash8]),
  'a range that is no list': ranges({ lower: noBytes }),
  'a bound that is text': ranges(['', noBytes, 0, hash8]),
  'a bound longer than an id': ranges([new Uint8Array(33), noBytes, 0, hash8]),
  'a range of an unknown kind': ranges([noBytes, noBytes, 3, hash8]),
  'a fingerprint of another length': ranges([noBytes, noBytes, 0, new Uint8Array(9)]),
  'half an id': ranges([noBytes, noBytes, 1, new Uint8Array(48)]),
  'too many ids in a range': ranges([noBytes, noBytes, 2, new Uint8Array(32 * (MAX_REST_PER_RANGE + 1))]),
  'too many ranges': ranges(...Array<unknown>(MAX_RANGES_PER_MESSAGE + 1).fill([noBytes, noBytes, 0, hash8])),
  'too many ids wanted': {
    v: 1,
    type: 'transfer',
    set: 's',
    give: [],
    want: new Uint8Array(32 * (MAX_ENVELOPES_PER_BATCH + 1)),
  },
  'ids cut off': { v: 1, type: 'transfer', set: 's', give: [], want: digestsBytes(ids).subarray(0, 33) },
  'a long name of a set': { v: 1, type: 'transfer', set: 's'.repeat(33), give: [], want: noBytes },
  'a short nonce': { ...hello, consortium: 'a', nonce: nonce.subarray(1) },
}
const wrongReplies: Record<string, object> = {
  'too many parts of a range': answers(Array(RANGE_BRANCHING + 1).fill([noBytes, 0, hash8])),
  'an answer that is no list': answers(7),
  'a part with a lower bound': answers([[noBytes, noBytes, 0, hash8]]),
  'a negative count': { ...hello, sets: [{ name: 's', digest: new Uint8Array(32), count: -1 }] },
  'too many sets': {
    ...hello,
    sets: Array(MAX_SYNC_SETS + 1).fill({ name: 's', digest: new Uint8Array(32), count: 0 }),
  },
  'too many peers': { ...hello, peers: Array(MAX_TOLD_PEERS + 1).fill({ peer: 'p', addresses: [] }) },
  'a peer with a further field': { ...hello, peers: [{ peer: 'p', addresses: [], score: 1 }] },
  'two ledger heads': { ...hello, ledgerHead: new Uint8Array(64) },
}
for (const [name, value] of Object.entries(wrongRequests)) {
  test(`a request with ${name} is malformed`, () => {
    assert.throws(() => decodeSyncRequest(cbor(value)), { reason: 'malformed' })
  })
}
for (const [name, value] of Object.entries(wrongReplies)) {
  test(`a reply with ${name} is malformed`, () => {
    assert.throws(() => decodeSyncReply(cbor(value)), { reason: 'malformed' })
  })
}

test('any bytes are refused by name', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      assert.throws(() => decodeSyncRequest(noise), { code: 'ERR_REFUSED' })
      assert.throws(() => decodeSyncReply(noise), { code: 'ERR_REFUSED' })
    }),
    { seed: 5, numRuns: 200 },
  )
})
