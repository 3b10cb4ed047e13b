import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ContributionExchange } from '../../../../src/gossip/contributions/contribution-exchange.ts'
import { NetworkCounters } from '../../../../src/gossip/counters.ts'
import { generateIdentity, type Standing } from '../../../../src/gossip/index.ts'
import { setDigest } from '../../../../src/gossip/sync/ranges.ts'
import { systemClock } from '../../../../src/gossip/wire/clock.ts'
import { CONSORTIUM, makeContribution } from '../../../helpers/gossip/contributions.ts'
import { MemoryStore } from '../../../helpers/gossip/memory-store.ts'
import { testLogger } from '../../../helpers/gossip/swarm.ts'

const [site, other] = [await generateIdentity(), await generateIdentity()]
const made = await Promise.all(
  [1, 2, 3, 4].flatMap((sequence) => [
    makeContribution(site, { sequence }),
    makeContribution(other, { sequence }),
  ]),
)

/** What the ledger says; `withdrawn` is the highest number that `site` has withdrawn. */
class Rules {
  withdrawn = 0
  readonly standing = ({ peer, sequence }: { peer: string; sequence: number }): Standing =>
    peer === site.peer && sequence <= this.withdrawn ? 'withdrawn' : 'counts'
}

function exchangeUnder(rules: Rules, store = new MemoryStore()): ContributionExchange {
  return new ContributionExchange({
    consortium: CONSORTIUM,
    store,
    judge: { judgeHeader: () => ({ kind: 'accept' }) },
    logger: testLogger('exchange'),
    isMember: () => true,
    standing: rules.standing,
    clock: systemClock,
    counters: new NetworkCounters(),
    onKept: () => undefined,
    onRefused: () => undefined,
  })
}

const counting = made
  .filter(({ header }) => header.peer === other.peer || header.sequence > 2)
  .map(({ id }) => id)

test('what is withdrawn leaves the set of every node, whatever each learnt first', async () => {
  const [before, after] = [new Rules(), new Rules()]
  const first = exchangeUnder(before)
  for (const { envelope } of made) await first.receive(envelope, 'peer')
  assert.equal(first.offered.size, made.length)
  before.withdrawn = 2
  first.reviewStanding()

  after.withdrawn = 2
  const second = exchangeUnder(after)
  for (const { envelope } of made.toReversed()) await second.receive(envelope, 'peer')
  for (const exchange of [first, second]) assert.deepEqual(exchange.offered.values(), [...counting].sort())
  assert.equal(setDigest(first.offered), setDigest(second.offered))
  for (const { id } of made) assert.equal(second.wants(id), false, 'nothing is asked for again')
})

test('it is fetched no more, and comes back if the withdrawal is overruled', async () => {
  const rules = new Rules()
  const exchange = exchangeUnder(rules)
  for (const { envelope } of made) await exchange.receive(envelope, 'peer')
  rules.withdrawn = 4
  exchange.reviewStanding()
  assert.deepEqual(exchange.unsettled().sort(), exchange.offered.values())
  rules.withdrawn = 0
  exchange.reviewStanding()
  assert.equal(exchange.offered.size, made.length)
  assert.equal(exchange.unsettled().length, made.length)
})

test('after a restart the store and the ledger say the same as before', async () => {
  const rules = new Rules()
  const store = new MemoryStore()
  const before = exchangeUnder(rules, store)
  for (const { envelope } of made) await before.receive(envelope, 'peer')
  rules.withdrawn = 2
  const again = exchangeUnder(rules, store)
  await again.load()
  assert.deepEqual(again.offered.values(), [...counting].sort())
  assert.equal(again.highestSequence(site.peer), 4)
})
