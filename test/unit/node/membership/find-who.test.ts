import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findWho } from '../../../../src/node/membership/find-who.ts'
import { peerFingerprint } from '../../../../src/node/membership/fingerprint.ts'

const ANVIL = { peer: '12D3KooWAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', name: 'anvil' }
const BIRCH = { peer: '12D3KooWAabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', name: 'birch' }
const TWIN = { peer: '12D3KooWCccccccccccccccccccccccccccccccccccccccccccc', name: 'birch' }
const ALL = [ANVIL, BIRCH, TWIN]

test('a name, a fingerprint in any spelling and the beginning of an id mean one site', () => {
  const fingerprint = peerFingerprint(BIRCH.peer)
  assert.match(fingerprint, /^[A-Z2-7]{4}-[A-Z2-7]{4}$/)
  const spellings = [fingerprint.toLowerCase(), fingerprint.replace('-', ' '), '12D3KooWAab', BIRCH.peer]
  for (const who of [fingerprint, ...spellings]) assert.equal(findWho(who, ALL, 'member'), BIRCH, who)
  assert.equal(findWho('anvil', ALL, 'member'), ANVIL)
})

test('what fits several is an error that lists them', () => {
  assert.throws(() => findWho('birch', ALL, 'member'), {
    code: 'ERR_WHO_AMBIGUOUS',
    message: new RegExp(`${BIRCH.peer}.*${TWIN.peer}`),
  })
  const short = { code: 'ERR_WHO_UNKNOWN' }
  assert.throws(() => findWho('12D3KooWAa', ALL, 'member'), short, 'too short to say anything')
})

test('what fits nobody is an error that lists everybody', () => {
  const unknown = { code: 'ERR_WHO_UNKNOWN', message: /anvil .*birch/ }
  assert.throws(() => findWho('cedar', ALL, 'member'), unknown)
  assert.throws(() => findWho('anvi', ALL, 'member'), unknown, 'a part of a name is none')
  assert.throws(() => findWho('x', [], 'request'), /there is nobody/)
})
