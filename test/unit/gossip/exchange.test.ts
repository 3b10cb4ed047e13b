import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ContributionExchange } from '../../../src/gossip/contributions/contribution-exchange.ts'
import { NetworkCounters } from '../../../src/gossip/counters.ts'
import { type Clock, systemClock } from '../../../src/gossip/wire/clock.ts'
import { Limiter } from '../../../src/gossip/wire/limiter.ts'
import { BoundedMap } from '../../../src/gossip/wire/bounded-map.ts'
import { decodeEnvelope, encodeEnvelope, generateIdentity } from '../../../src/gossip/index.ts'
import type { Verdict } from '../../../src/gossip/index.ts'
import { HandClock } from '../../helpers/gossip/hand-clock.ts'
import { AUTHOR_RATE, FORGET_RATE_MS, MAX_CONTRIBUTIONS_PER_AUTHOR } from '../../../src/gossip/constants.ts'
import {
  CONSORTIUM,
  makeContribution,
  sha256,
  type TestContribution,
} from '../../helpers/gossip/contributions.ts'
import { MemoryStore } from '../../helpers/gossip/memory-store.ts'
import { testLogger } from '../../helpers/gossip/swarm.ts'

const author = await generateIdentity()
const contribution = await makeContribution(author)

function exchangeWith(judgeHeader: () => Verdict, isMember = () => true, clock: Clock = systemClock) {
  const store = new MemoryStore()
  const kept: string[] = []
  const refused: [string | null, string][] = []
  const exchange = new ContributionExchange({
    consortium: CONSORTIUM,
    store,
    judge: { judgeHeader },
    logger: testLogger('exchange'),
    isMember,
    clock,
    counters: new NetworkCounters(),
    onKept: ({ id }) => kept.push(id),
    onRefused: (id, reason) => refused.push([id, reason]),
  })
  return { store, kept, refused, exchange }
}

test('an envelope that comes several times at once is kept once', async () => {
  const { exchange, kept } = exchangeWith(() => ({ kind: 'accept' }))
  const receipts = await Promise.all(
    [1, 2, 3].map((i) => exchange.receive(contribution.envelope, `bearer ${i}`)),
  )
  assert.deepEqual(
    receipts.map(({ id }) => id),
    Array(3).fill(contribution.id),
  )
  assert.deepEqual(kept, [contribution.id])
  assert.equal((await exchange.receive(contribution.envelope, 'late')).kind, 'known')
  assert.deepEqual(exchange.offered.values(), [contribution.id])
})

test('what the judge refuses is kept nowhere, reported once and not wanted again', async () => {
  let asked = 0
  const { exchange, store, refused } = exchangeWith(() => {
    asked++
    return { kind: 'reject', reason: 'wrong-charter' }
  })
  for (let i = 0; i < 3; i++) await exchange.receive(contribution.envelope, 'bearer')
  assert.equal(asked, 1)
  assert.deepEqual(refused, [[contribution.id, 'wrong-charter']])
  assert.equal(exchange.wants(contribution.id), false)
  assert.equal(store.envelopes.size, 0)
  assert.deepEqual(exchange.offered.values(), [])
})

test('a forged copy does not spoil the true contribution', async () => {
  const { exchange, refused } = exchangeWith(() => ({ kind: 'accept' }))
  const { header } = decodeEnvelope(contribution.envelope)
  const forged = encodeEnvelope({ header, signature: new Uint8Array(64) })
  assert.deepEqual(await exchange.receive(forged, 'forger'), { kind: 'refused', reason: 'bad-signature' })
  assert.deepEqual(refused, [[null, 'bad-signature']])
  assert.equal(exchange.wants(contribution.id), true)
  assert.equal((await exchange.receive(contribution.envelope, 'bearer')).kind, 'kept')
})

test('what is held is not offered, not asked for again, and enters when the judge can tell', async () => {
  let verdict: Verdict = { kind: 'hold', reason: 'a-gap' }
  const { exchange, store } = exchangeWith(() => verdict)
  assert.equal((await exchange.receive(contribution.envelope, 'bearer')).kind, 'held')
  assert.equal(exchange.wants(contribution.id), false)
  assert.deepEqual(exchange.offered.values(), [])
  await exchange.retryHeld()
  assert.equal(store.envelopes.size, 0)
  verdict = { kind: 'accept' }
  await exchange.retryHeld()
  assert.deepEqual([...store.envelopes.keys()], [contribution.id])
  assert.equal(exchange.heldCount, 0)
})

test('a judge that throws holds the header and harms nothing', async () => {
  const { exchange } = exchangeWith(() => {
    throw new Error('a bug')
  })
  assert.deepEqual(await exchange.receive(contribution.envelope, 'bearer'), {
    kind: 'held',
    id: contribution.id,
    reason: 'judge-failed',
  })
})

test('a non-member of yesterday is judged anew once it may be a member', async () => {
  let isMember = false
  const { exchange, refused } = exchangeWith(
    () => ({ kind: 'accept' }),
    () => isMember,
  )
  await exchange.receive(contribution.envelope, 'bearer')
  assert.deepEqual(refused, [[contribution.id, 'not-a-member']])
  isMember = true
  assert.equal(exchange.wants(contribution.id), false)
  exchange.forgetNonMembers()
  assert.equal((await exchange.receive(contribution.envelope, 'bearer')).kind, 'kept')
})

test('a store that fails is an error, and the contribution is wanted still', async () => {
  const { exchange, store } = exchangeWith(() => ({ kind: 'accept' }))
  store.putEnvelope = () => Promise.reject(new Error('ENOSPC'))
  await assert.rejects(exchange.receive(contribution.envelope, 'bearer'), { code: 'ERR_STORE_FAILED' })
  assert.equal(exchange.wants(contribution.id), true)
})

test('after a restart the store says what is known, and rejected ids are not offered', async () => {
  const { exchange, store } = exchangeWith(() => ({ kind: 'accept' }))
  store.states.set('bb', 'admitted').set('aa', 'fetching').set('cc', 'rejected')
  await exchange.load()
  assert.deepEqual(exchange.offered.values(), ['aa', 'bb'])
  assert.deepEqual(exchange.unsettled(), ['aa'])
  assert.deepEqual(
    ['aa', 'bb', 'cc'].map((id) => exchange.wants(id)),
    [false, false, false],
  )
  exchange.settle('aa', 'admitted')
  await exchange.load() // reads `fetching`, as it was a moment ago
  assert.equal(exchange.stateOf('aa'), 'admitted')
})

test('a limiter runs no more than its number at once, and all in the end', async () => {
  const limiter = new Limiter(3)
  let running = 0
  let most = 0
  const tasks = Array.from({ length: 11 }, (_, i) =>
    limiter.run(async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      if (i === 4) throw new Error('one fails')
      return i
    }),
  )
  const outcomes = await Promise.allSettled(tasks)
  assert.equal(most, 3)
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 10)
})

test('a bounded map forgets the oldest', () => {
  const map = new BoundedMap<string, number>(3)
  for (const [i, key] of ['a', 'b', 'c', 'a', 'd'].entries()) map.set(key, i)
  assert.deepEqual(map.entries(), [
    ['c', 2],
    ['a', 3],
    ['d', 4],
  ])
})

test('a flood of one author is kept up to its share, the newest of it, and nobody is blamed', async () => {
  const { exchange, store, refused } = exchangeWith(() => ({ kind: 'accept' }))
  const flood = MAX_CONTRIBUTIONS_PER_AUTHOR + 20
  for (let sequence = 1; sequence <= flood; sequence++) {
    const { header, id } = unsigned(sequence)
    await exchange.enter({ id, header, bytes: new Uint8Array(1) }, 'bearer')
  }
  const other = await makeContribution(await generateIdentity())
  assert.equal((await exchange.receive(other.envelope, 'bearer')).kind, 'kept')
  assert.equal(exchange.offered.size, MAX_CONTRIBUTIONS_PER_AUTHOR + 1)
  assert.ok(store.envelopes.size <= MAX_CONTRIBUTIONS_PER_AUTHOR + 21)
  assert.deepEqual(refused, [])
})

function unsigned(sequence: number): Pick<TestContribution, 'id' | 'header'> {
  return { id: sha256(`id ${sequence}`), header: { ...contribution.header, sequence } }
}

test('who publishes faster than an author may waits, and is asked again later', async () => {
  const clock = new HandClock()
  const { exchange } = exchangeWith(() => ({ kind: 'accept' }), undefined, clock)
  for (let sequence = 1; sequence <= AUTHOR_RATE.burst; sequence++) {
    await exchange.enter({ ...unsigned(sequence), bytes: new Uint8Array(1) }, 'bearer')
  }
  const late = { ...unsigned(AUTHOR_RATE.burst + 1), bytes: new Uint8Array(1) }
  assert.deepEqual(await exchange.enter(late, 'bearer'), {
    kind: 'refused',
    id: late.id,
    reason: 'author-rate',
  })
  assert.equal(exchange.wants(late.id), false)
  clock.advance(FORGET_RATE_MS)
  await exchange.retryHeld()
  assert.equal(exchange.wants(late.id), true)
  assert.equal((await exchange.enter(late, 'bearer')).kind, 'kept')
})
