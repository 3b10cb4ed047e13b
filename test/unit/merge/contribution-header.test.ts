import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@ipld/dag-cbor'
import fc from 'fast-check'
import { PeermergeError } from '../../../src/errors.ts'
import { contributionId, decodeHeader, encodeHeader } from '../../../src/merge/format/contribution-header.ts'
import { payloadChunks, payloadRef } from '../../../src/merge/format/payload-ref.ts'
import { sha256Hex } from '../../../src/merge/format/sha256.ts'
import { makeContribution, makeSpec } from './fixtures.ts'

const { header, headerBytes } = makeContribution({ spec: makeSpec(), peer: 'peer-a' })
const cbor = (changes: Record<string, unknown>) => encode({ ...header, ...changes })
const reasonIs = (reason: string) => (error: PeermergeError) =>
  error.code === 'ERR_MALFORMED' && error.detail.reason === reason

test('a header survives its encoding; its id is the digest of its bytes', () => {
  assert.deepEqual(decodeHeader(headerBytes), header)
  assert.deepEqual(encodeHeader({ ...header }), headerBytes)
  assert.equal(contributionId(headerBytes), sha256Hex(headerBytes))
})

const withoutTask: Record<string, unknown> = { ...header }
delete withoutTask.task

const HOSTILE: readonly (readonly [string, string, Uint8Array])[] = [
  ['nothing at all', 'bad-cbor', new Uint8Array(0)],
  ['a truncated header', 'bad-cbor', headerBytes.subarray(0, -1)],
  ['one byte over', 'bad-cbor', Uint8Array.of(...headerBytes, 0)],
  ['deep nesting', 'bad-cbor', new Uint8Array(60_000).fill(0x81)],
  ['a list of 2^32 declared entries', 'bad-cbor', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff)],
  ['more than the limit', 'header-too-large', new Uint8Array(61_441)],
  ['a number', 'bad-header', encode(5)],
  ['a list', 'bad-header', encode([header])],
  ['a field too few', 'bad-header', encode(withoutTask)],
  ['a field too many', 'bad-header', cbor({ extra: 1 })],
  ['another version', 'bad-header', cbor({ v: 2 })],
  ['another kernel', 'bad-header', cbor({ kernel: 2 })],
  ['sequence 0', 'bad-header', cbor({ sequence: 0 })],
  ['generation 0', 'bad-header', cbor({ generation: 0 })],
  ['a task by number', 'bad-header', cbor({ task: 0 })],
  ['an unknown phase', 'bad-header', cbor({ phase: 'C' })],
  ['a negative count', 'bad-header', cbor({ count: -1 })],
  ['an unknown kind', 'bad-header', cbor({ kind: 'gradient' })],
  ['a charter that is no digest', 'bad-header', cbor({ charter: 'abc' })],
  ['an upper-case digest', 'bad-header', cbor({ frozen: header.frozen.toUpperCase() })],
  ['a peer of two hundred characters', 'bad-header', cbor({ peer: 'p'.repeat(200) })],
  ['a peer with a line break', 'bad-header', cbor({ peer: 'a\nb' })],
  ['no class counts', 'bad-header', cbor({ classCounts: [] })],
  ['class counts without end', 'bad-header', cbor({ classCounts: new Array(4097).fill(0) })],
  ['negative noise', 'bad-header', cbor({ noise: -1 })],
  ['a chunk too few', 'bad-header', cbor({ payload: { ...header.payload, chunks: [] } })],
  [
    'a size that its chunks do not have',
    'bad-header',
    cbor({ payload: { ...header.payload, size: 2_000_000 } }),
  ],
  ['a size beyond the limit', 'bad-header', cbor({ payload: { ...header.payload, size: 2 ** 40 } })],
]

for (const [what, reason, bytes] of HOSTILE) {
  test(`header with ${what}: ${reason}`, () => assert.throws(() => decodeHeader(bytes), reasonIs(reason)))
}

test('the same header in other bytes would have another id and is refused', () => {
  const asFloat = cbor({ noise: 1 })
  const at = asFloat.findIndex(
    (_, i) => Buffer.from(asFloat.subarray(i, i + 6)).toString('latin1') === 'enoise',
  )
  const long = Uint8Array.of(...asFloat.subarray(0, at + 6), 0x18, 0x01, ...asFloat.subarray(at + 7))
  assert.throws(() => decodeHeader(long), PeermergeError)
  const float = Uint8Array.of(
    ...asFloat.subarray(0, at + 6),
    0xfb,
    0x3f,
    0xf0,
    0,
    0,
    0,
    0,
    0,
    0,
    ...asFloat.subarray(at + 7),
  )
  assert.throws(() => decodeHeader(float), reasonIs('not-canonical'))
})

test('a damaged header is either read or refused by name, never anything else', () => {
  fc.assert(
    fc.property(fc.nat(headerBytes.length - 1), fc.nat(255), (at, value) => {
      const copy = headerBytes.slice()
      copy[at] = value
      try {
        assert.deepEqual(encodeHeader(decodeHeader(copy)), copy)
      } catch (error) {
        assert.ok(error instanceof PeermergeError, String(error))
      }
    }),
    { numRuns: 1000, seed: 5 },
  )
})

test('chunks are 1 MiB, the last one shorter, and add up to the payload', () => {
  for (const size of [1, 1_048_575, 1_048_576, 1_048_577, 2_097_152]) {
    const bytes = new Uint8Array(size).map((_, i) => i)
    const chunks = payloadChunks(bytes)
    const ref = payloadRef(bytes)
    assert.equal(chunks.length, Math.ceil(size / 1_048_576))
    assert.deepEqual(ref.chunks, chunks.map(sha256Hex))
    assert.equal(sha256Hex(Buffer.concat(chunks)), ref.digest)
  }
  assert.throws(() => payloadRef(new Uint8Array(0)), reasonIs('payload-size'))
})
