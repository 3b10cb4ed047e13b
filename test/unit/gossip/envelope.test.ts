import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode as cbor } from '@ipld/dag-cbor'
import fc from 'fast-check'
import { MAX_ENVELOPE_BYTES } from '../../../src/gossip/constants.ts'
import {
  decodeEnvelope,
  encodeEnvelope,
  generateIdentity,
  identityFromBytes,
  identityToBytes,
  isSignedBy,
  openEnvelope,
  signEnvelope,
} from '../../../src/gossip/index.ts'
import { CONSORTIUM, makeContribution } from '../../helpers/gossip/contributions.ts'

const author = await generateIdentity()
const other = await generateIdentity()
const { envelope: bytes, header, id } = await makeContribution(author)

test('an envelope is opened with the id, header and bytes that were put in', async () => {
  assert.deepEqual(await openEnvelope(bytes, CONSORTIUM), { id, header, bytes })
})

test('a signature holds for its author and exact header bytes alone', async () => {
  const envelope = decodeEnvelope(bytes)
  assert.equal(await isSignedBy(envelope, author.peer), true)
  assert.equal(await isSignedBy(envelope, other.peer), false)
  assert.equal(await isSignedBy(envelope, 'no peer id'), false)
  const changed = envelope.header.slice()
  changed[40]! ^= 1
  assert.equal(await isSignedBy({ ...envelope, header: changed }, author.peer), false)
})

test('a signature over the bare header, without the domain, does not hold', async () => {
  const { header: headerBytes } = decodeEnvelope(bytes)
  const signature = await author.privateKey.sign(headerBytes)
  assert.equal(await isSignedBy({ header: headerBytes, signature }, author.peer), false)
})

test('a header that another peer signed is refused as badly signed', async () => {
  const forged = encodeEnvelope(await signEnvelope(decodeEnvelope(bytes).header, other))
  await assert.rejects(openEnvelope(forged, CONSORTIUM), { reason: 'bad-signature' })
})

test('another consortium is refused by name', async () => {
  await assert.rejects(openEnvelope(bytes, 'another'), { reason: 'wrong-consortium' })
})

test('every truncation is malformed', () => {
  for (let length = 0; length < bytes.byteLength; length += 7) {
    assert.throws(() => decodeEnvelope(bytes.subarray(0, length)), { reason: 'malformed' }, `${length} bytes`)
  }
})

const { header: headerBytes, signature } = decodeEnvelope(bytes)
const wrong: Record<string, unknown> = {
  'a signature one byte short': { header: headerBytes, signature: signature.subarray(1) },
  'a signature one byte long': { header: headerBytes, signature: new Uint8Array(65) },
  'an empty header': { header: new Uint8Array(0), signature },
  'no signature': { header: headerBytes },
  'a further field': { header: headerBytes, signature, note: 1 },
  'text for bytes': { header: 'header', signature },
  'a list': [headerBytes, signature],
  'a number': 7,
}
for (const [name, value] of Object.entries(wrong)) {
  test(`${name} is malformed`, () => {
    assert.throws(() => decodeEnvelope(cbor(value)), { reason: 'malformed' })
  })
}

test('an envelope of the same fields in another encoding is malformed', () => {
  const longForm = Uint8Array.of(0xb8, 0x02, ...bytes.subarray(1)) // map of two, its length in two bytes
  assert.throws(() => decodeEnvelope(longForm), { reason: 'malformed' })
  assert.throws(() => decodeEnvelope(Uint8Array.of(...bytes, 0)), { reason: 'malformed' })
})

test('the size limit holds to the byte, both ways', () => {
  const overhead = encodeEnvelope({ header: new Uint8Array(60_000), signature }).byteLength - 60_000
  const largest = { header: new Uint8Array(MAX_ENVELOPE_BYTES - overhead), signature }
  assert.equal(encodeEnvelope(largest).byteLength, MAX_ENVELOPE_BYTES)
  const larger = { header: new Uint8Array(MAX_ENVELOPE_BYTES - overhead + 1), signature }
  assert.throws(() => encodeEnvelope(larger), { reason: 'too-large' })
  assert.throws(() => decodeEnvelope(cbor(larger)), { reason: 'too-large' })
})

test('any bytes are either an envelope or refused, never another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      assert.throws(() => decodeEnvelope(noise), { code: 'ERR_REFUSED' })
    }),
    { seed: 11, numRuns: 300 },
  )
})

test('an identity survives its bytes; other bytes are no identity', () => {
  const kept = identityToBytes(author)
  assert.equal(kept.byteLength, 68)
  assert.equal(identityFromBytes(kept).peer, author.peer)
  assert.throws(() => identityFromBytes(kept.subarray(0, 50)), { code: 'ERR_IDENTITY' })
  assert.throws(() => identityFromBytes(new Uint8Array(0)), { code: 'ERR_IDENTITY' })
})
