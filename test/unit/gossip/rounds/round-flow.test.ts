import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NetworkCounters } from '../../../../src/gossip/counters.ts'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import type { NetworkContext } from '../../../../src/gossip/network-context.ts'
import { RoundFlow } from '../../../../src/gossip/rounds/round-flow.ts'
import { CONSORTIUM, sha256 } from '../../../helpers/gossip/contributions.ts'
import { HandClock } from '../../../helpers/gossip/hand-clock.ts'
import { PlainRoundStore } from '../../../helpers/gossip/plain-round-store.ts'
import { RoundSwarm, TestSource } from '../../../helpers/gossip/round-swarm.ts'
import { testLogger } from '../../../helpers/gossip/swarm.ts'

/** As far as the flow needs a network. */
async function flow(): Promise<{ flow: RoundFlow; counters: NetworkCounters }> {
  const swarm = new RoundSwarm()
  const identity = await swarm.identity()
  const counters = new NetworkCounters()
  const host = { handle: () => Promise.resolve(), connectedPeers: () => [] }
  const context = {
    identity,
    consortium: CONSORTIUM,
    host,
    counters,
    clock: new HandClock(),
    random: () => 0.5,
    signal: new AbortController().signal,
    logger: testLogger('flow'),
    emit: () => undefined,
  } as unknown as NetworkContext
  const source = new TestSource(swarm, identity.peer)
  const { peer } = await generateIdentity()
  const founding = { founders: [identity.peer, peer], charter: sha256('charter'), agenda: 'step 0' }
  const rounds = new RoundFlow(
    context,
    { ...founding, store: new PlainRoundStore(), source },
    {
      publish: () => Promise.resolve(),
      onDecided: () => undefined,
    },
  )
  return { flow: rounds, counters }
}

test('before the start there is nothing to be told, and that is said', async () => {
  const { flow: rounds } = await flow()
  assert.throws(() => rounds.start, { code: 'ERR_NOT_STARTED' })
  assert.throws(() => rounds.status(), { code: 'ERR_NOT_STARTED' })
  await rounds.review()
  await rounds.open()
  assert.equal(rounds.start.agenda, 'step 0')
})

test('words that come faster than an honest member speaks are dropped unread', async () => {
  const { flow: rounds, counters } = await flow()
  await rounds.open()
  let refused = 0
  for (let i = 0; i < 300; i++) {
    await rounds.announced(Uint8Array.of(i), 'somebody').catch(() => refused++)
  }
  assert.ok(refused >= 50 && refused <= 150, `${refused} were read`)
  assert.equal(counters.ceilings()['round-rate'], 300 - refused)
})
