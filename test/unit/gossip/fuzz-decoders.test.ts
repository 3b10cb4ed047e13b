import { decode, encode } from '@ipld/dag-cbor'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedError } from '../../../src/gossip/index.ts'
import { DECODERS } from '../../helpers/gossip/decoders.ts'
import { fuzzDecoder } from '../../helpers/gossip/fuzz-decoder.ts'

for (const decoder of DECODERS) {
  test(`${decoder.name}: what is good is read, anything else is refused by name`, async () => {
    for (const bytes of decoder.good) await decoder.read(bytes)
    const outcomes = await fuzzDecoder(decoder, 400, 'short')
    assert.ok(outcomes.has('malformed'))
  })
}

/** Bytes that are cheap to send and would be dear to read, and encodings that say one thing in two ways. */
const tricks: Readonly<Record<string, (good: Uint8Array) => Uint8Array>> = {
  'lists a hundred thousand deep': () => new Uint8Array(100_000).fill(0x81),
  'maps fifty thousand deep': () =>
    Buffer.concat([Buffer.from('a16161'.repeat(5_000), 'hex'), Uint8Array.of(1)]),
  'a list of 2⁶³ items': () => Buffer.from('9b7fffffffffffffff', 'hex'),
  'a text of 2⁶³ bytes': () => Buffer.from('7b7fffffffffffffff61', 'hex'),
  'a list without end': (good) => Buffer.concat([Uint8Array.of(0x9f), good]),
  'a key twice': () => Buffer.from('a2617601617602', 'hex'),
  'keys out of order': () => Buffer.from('a2617601616101', 'hex'),
  'a number in more bytes than it needs': () => Buffer.from('a161761b0000000000000001', 'hex'),
  'a half-precision number': () => Buffer.from('a16176f93c00', 'hex'),
  'a tag': () => Buffer.from('a16176c11a514b67b0', 'hex'),
  'bytes after the end': (good) => Buffer.concat([good, Uint8Array.of(0)]),
  'a map of a key __proto__': () => Buffer.from('a1695f5f70726f746f5f5f01', 'hex'),
  'the last byte missing': (good) => good.subarray(0, -1),
  nothing: () => new Uint8Array(0),
}

for (const [name, trick] of Object.entries(tricks)) {
  test(`tricks: ${name}`, async () => {
    for (const { name: decoder, read, good } of DECODERS) {
      await assert.rejects(
        () => reading(read, trick(good[0]!)),
        (error) => error instanceof RefusedError,
        decoder,
      )
    }
  })
}

test('tricks: version 1 in more bytes than it needs is another encoding of the same, and refused', async () => {
  for (const { name, read, good } of DECODERS) {
    const text = Buffer.from(good[0]!).toString('hex')
    const wide = Buffer.from(text.replace('617601', '61761801'), 'hex')
    if (wide.byteLength === good[0]!.byteLength) continue
    await assert.rejects(() => reading(read, wide), { reason: 'malformed' }, name)
  }
})

test('the same fields in another order are another encoding of the same, and refused', async () => {
  for (const { name, read, good } of DECODERS) {
    await assert.rejects(() => reading(read, lastFieldFirst(good[0]!)), { reason: 'malformed' }, name)
  }
})

/** A map of up to 23 fields, the other way round. */
function lastFieldFirst(map: Uint8Array): Uint8Array {
  const fields = Object.entries(decode<Record<string, unknown>>(map)).reverse()
  return Buffer.concat([map.subarray(0, 1), ...fields.flat().map((part) => encode(part))])
}

/** Some readers throw at once, some later. */
async function reading(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): Promise<void> {
  await read(bytes)
}
