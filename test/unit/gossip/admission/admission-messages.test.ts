import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@ipld/dag-cbor'
import fc from 'fast-check'
import {
  decodeAdmissionReply,
  decodeAdmissionRequest,
  decodeStatementPage,
  encodeAdmissionReply,
  encodeAdmissionRequest,
  statementPages,
} from '../../../../src/gossip/admission/admission-messages.ts'
import {
  MAX_ADMISSION_FRAME_BYTES,
  MAX_ADMISSION_REQUEST_BYTES,
  MAX_CHARTER_BYTES,
  MAX_TICKET_BYTES,
} from '../../../../src/gossip/constants.ts'
import { RefusedError } from '../../../../src/gossip/errors.ts'

const ticket = Uint8Array.of(1)

test('requests and replies come back as they were', () => {
  const requests = [
    { type: 'hello', ticket },
    { type: 'ask', ticket, request: Uint8Array.of(2), replaces: 'anvil' },
    { type: 'standing' },
  ] as const
  for (const request of requests) {
    assert.deepEqual(decodeAdmissionRequest(encodeAdmissionRequest(request)), request)
  }
  const founding = new Uint8Array(MAX_CHARTER_BYTES)
  const replies = [
    { type: 'welcome', founding, charter: founding, member: 'anvil', members: 3 },
    { type: 'refused', reason: 'expired' },
    { type: 'pending' },
    { type: 'admitted', statements: 7 },
    { type: 'removed', statements: 2 },
  ] as const
  for (const reply of replies) assert.deepEqual(decodeAdmissionReply(encodeAdmissionReply(reply)), reply)
})

test('what is not exactly a request is refused', () => {
  const hostile = [
    {},
    { v: 2, type: 'hello', ticket },
    { v: 1, type: 'hello' },
    { v: 1, type: 'hello', ticket, more: 1 },
    { v: 1, type: 'hello', ticket: new Uint8Array(MAX_TICKET_BYTES + 1) },
    { v: 1, type: 'ask', ticket, replaces: '' },
    { v: 1, type: 'ask', ticket, request: ticket, replaces: 'x'.repeat(201) },
    { v: 1, type: 'other', ticket },
    { v: 1, type: 'standing', ticket },
  ]
  for (const value of hostile) {
    assert.throws(
      () => decodeAdmissionRequest(encode(value)),
      RefusedError,
      JSON.stringify(value).slice(0, 80),
    )
  }
  assert.throws(() => decodeAdmissionRequest(new Uint8Array(MAX_ADMISSION_REQUEST_BYTES + 1)), {
    reason: 'too-large',
  })
})

test('garbage is refused and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      for (const decode of [decodeAdmissionRequest, decodeAdmissionReply, decodeStatementPage]) {
        assert.throws(() => decode(bytes), RefusedError)
      }
    }),
    { seed: 20, numRuns: 300 },
  )
})

test('statements of any sizes go through pages that fit, in order', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 190_000 }), { maxLength: 12 })
  fc.assert(
    fc.property(sizes, (lengths) => {
      const statements = lengths.map((length, i) => new Uint8Array(length).fill(i))
      const frames = [...statementPages(statements)]
      const pages = frames.map(decodeStatementPage)
      assert.ok(frames.every(({ byteLength }) => byteLength <= MAX_ADMISSION_FRAME_BYTES))
      assert.deepEqual(
        pages.flatMap((page) => page.statements.map(({ byteLength }) => byteLength)),
        lengths,
      )
      assert.deepEqual(
        pages.map(({ more }) => more),
        pages.map((_, i) => i < pages.length - 1),
      )
    }),
    { seed: 21, numRuns: 40 },
  )
})
