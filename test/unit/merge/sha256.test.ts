import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { sha256 } from '@noble/hashes/sha2.js'
import { createSha256, sha256Hex } from '../../../src/merge/format/sha256.ts'

/** FIPS 180-4, appendix B.1. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('digests are those of the standard, at once or bit by bit', () => {
  assert.equal(sha256Hex(new TextEncoder().encode('abc')), ABC)
  const hash = createSha256()
  for (const letter of 'abc') hash.update(new TextEncoder().encode(letter))
  assert.equal(Buffer.from(hash.digest()).toString('hex'), ABC)
})

test('the engine’s own and the one in JavaScript say the same', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) % 256)
    assert.equal(sha256Hex(bytes), Buffer.from(sha256(bytes)).toString('hex'))
    assert.equal(sha256Hex(bytes), createHash('sha256').update(bytes).digest('hex'))
  }
})
