import type { TopicResult } from '../../../src/gossip/host/peer-host.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode as cbor } from '@ipld/dag-cbor'
import { decodeAnnouncement, encodeAnnouncement } from '../../../src/gossip/announce/announcement.ts'
import {
  MAX_ADDRESSES_PER_PEER,
  MAX_ADDRESS_LENGTH,
  MAX_ANNOUNCEMENT_BYTES,
} from '../../../src/gossip/constants.ts'
import { encodeEnvelope, generateIdentity } from '../../../src/gossip/index.ts'
import type { OpenedEnvelope, Verdict } from '../../../src/gossip/index.ts'
import { validateAnnouncement } from '../../../src/gossip/announce/topic-validator.ts'
import { CONSORTIUM, makeContribution } from '../../helpers/gossip/contributions.ts'

const author = await generateIdentity()
const { envelope, id } = await makeContribution(author)
const announcement = {
  type: 'contribution' as const,
  envelope,
  addresses: ['/ip4/192.0.2.7/tcp/4001'],
  holder: true,
}
const data = encodeAnnouncement(announcement)

test('an announcement survives its bytes', () => {
  assert.deepEqual(decodeAnnouncement(data), announcement)
})

test('more addresses than one announcement holds are left out', () => {
  const addresses = Array.from(
    { length: MAX_ADDRESSES_PER_PEER + 3 },
    (_, i) => `/ip4/192.0.2.${i + 1}/tcp/4001`,
  )
  const decoded = decodeAnnouncement(encodeAnnouncement({ ...announcement, addresses }))
  assert.deepEqual(
    decoded.type === 'contribution' && decoded.addresses,
    addresses.slice(0, MAX_ADDRESSES_PER_PEER),
  )
})

test('the size limit is checked before publishing', () => {
  const large = { ...announcement, envelope: new Uint8Array(MAX_ANNOUNCEMENT_BYTES) }
  assert.throws(() => encodeAnnouncement(large), { reason: 'too-large' })
  assert.throws(() => decodeAnnouncement(new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1)), { reason: 'too-large' })
})

const wrong: Record<string, object> = {
  'a later version': { v: 2, ...announcement },
  'no version': announcement,
  'too many addresses': {
    v: 1,
    ...announcement,
    addresses: Array(MAX_ADDRESSES_PER_PEER + 1).fill('/ip4/1.2.3.4'),
  },
  'an endless address': { v: 1, ...announcement, addresses: ['/'.repeat(MAX_ADDRESS_LENGTH + 1)] },
  'an address that is none': { v: 1, ...announcement, addresses: [7] },
  'a holder that is a number': { v: 1, ...announcement, holder: 1 },
  'a further field': { v: 1, ...announcement, weight: 2 },
}
for (const [name, value] of Object.entries(wrong)) {
  test(`an announcement with ${name} is malformed`, () => {
    assert.throws(() => decodeAnnouncement(cbor(value)), { reason: 'malformed' })
  })
}

const rules = (judge: (opened: OpenedEnvelope) => Verdict) => ({
  consortium: CONSORTIUM,
  takeWord: () => Promise.resolve('accept' as const),
  takeStatement: () => Promise.resolve('accept' as const),
  takeReceipt: () => Promise.resolve(true),
  isMember: (peer: string) => peer === author.peer,
  judge,
  isSettled: () => false,
})

test('what was judged long ago is not passed on again, and is no offence', async () => {
  const replayed = await validateAnnouncement(data, author.peer, {
    ...rules(() => ({ kind: 'accept' })),
    isSettled: (settled) => settled === id,
  })
  assert.deepEqual([replayed.result, replayed.reason, replayed.opened?.id], ['ignore', 'known', id])
})

test('the validator accepts, ignores or rejects as the judge says, and never throws', async () => {
  const accepted = await validateAnnouncement(
    data,
    author.peer,
    rules(() => ({ kind: 'accept' })),
  )
  assert.equal(accepted.result, 'accept')
  assert.equal(accepted.opened?.id, id)
  const held = await validateAnnouncement(
    data,
    author.peer,
    rules(() => ({ kind: 'hold', reason: 'a-gap' })),
  )
  assert.deepEqual([held.result, held.reason, held.opened?.id], ['ignore', 'a-gap', id])
  const refused = await validateAnnouncement(
    data,
    author.peer,
    rules(() => ({ kind: 'reject', reason: 'wrong-noise' })),
  )
  assert.deepEqual([refused.result, refused.reason], ['reject', 'wrong-noise'])
  for (const reason of ['wrong-charter', 'not-a-member']) {
    const lag = await validateAnnouncement(
      data,
      author.peer,
      rules(() => ({ kind: 'reject', reason })),
    )
    assert.deepEqual([lag.result, lag.reason], ['ignore', reason], 'a bearer may know another state')
  }
  const failed = await validateAnnouncement(
    data,
    author.peer,
    rules(() => {
      throw new Error('disk')
    }),
  )
  assert.deepEqual(failed, { result: 'ignore', reason: 'judge-failed' })
})

test('the validator asks no judge about strangers, unsigned messages, garbage and forgeries', async () => {
  const never = rules(() => assert.fail('the judge was asked'))
  const forged = encodeAnnouncement({
    ...announcement,
    envelope: encodeEnvelope({ header: new Uint8Array(20), signature: new Uint8Array(64) }),
  })
  const cases: [string | undefined, Uint8Array, TopicResult, string][] = [
    [undefined, data, 'reject', 'not-a-member'],
    ['12D3KooWSomeoneElse', data, 'ignore', 'not-a-member'],
    [author.peer, new Uint8Array(30), 'reject', 'malformed'],
    [author.peer, forged, 'reject', 'malformed'],
  ]
  for (const [announcer, message, result, reason] of cases) {
    assert.deepEqual(await validateAnnouncement(message, announcer, never), { result, reason })
  }
})
