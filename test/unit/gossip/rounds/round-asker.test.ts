import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { ROUND_ASK_AGAIN_MS, ROUND_ASK_MS } from '../../../../src/gossip/constants.ts'
import { RoundAsker } from '../../../../src/gossip/rounds/round-asker.ts'
import { HandClock } from '../../../helpers/gossip/hand-clock.ts'
import { testLogger } from '../../../helpers/gossip/swarm.ts'

/** An asker, and whom it has asked; who is in `silent` does not answer. */
class Asking {
  readonly clock = new HandClock()
  readonly asked: string[] = []
  readonly peers: string[] = []
  readonly silent = new Set<string>()
  readonly stopping = new AbortController()
  readonly asker = new RoundAsker({
    clock: this.clock,
    random: () => 0.5,
    signal: this.stopping.signal,
    logger: testLogger('asker'),
    connectedPeers: () => this.peers,
    ask: (peer) => {
      this.asked.push(peer)
      return this.silent.has(peer) ? Promise.reject(new Error('silent')) : Promise.resolve(false)
    },
  })

  connect(peer: string): void {
    this.peers.push(peer)
    this.asker.connected(peer)
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      this.clock.advance(100)
      await setImmediate()
    }
  }
}

test('whoever connects is asked at once, and then one after another', async () => {
  const asking = new Asking()
  for (const peer of ['a', 'b', 'c']) asking.connect(peer)
  assert.deepEqual(asking.asked, ['a', 'b', 'c'])
  await asking.pass(60_000)
  const counts = ['a', 'b', 'c'].map((peer) => asking.asked.filter((one) => one === peer).length)
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join())
  assert.ok(asking.asked.length >= 12 && asking.asked.length <= 20, `${asking.asked.length} in a minute`)
})

test('who knows more is asked at once, but not over and over', async () => {
  const asking = new Asking()
  asking.connect('a')
  await asking.pass(2 * ROUND_ASK_AGAIN_MS)
  const before = asking.asked.length
  for (let i = 0; i < 50; i++) asking.asker.behind('a')
  await asking.pass(ROUND_ASK_AGAIN_MS)
  const more = asking.asked.length - before
  assert.ok(more >= 1 && more <= 3, `${more} times`)
})

test('one that does not answer takes no turns of the others', async () => {
  const asking = new Asking()
  asking.silent.add('a')
  for (const peer of ['a', 'b']) asking.connect(peer)
  await asking.pass(20 * ROUND_ASK_MS)
  const [silent, sound] = ['a', 'b'].map((peer) => asking.asked.filter((one) => one === peer).length)
  assert.ok(silent! >= 2 && silent! * 2 < sound!, `${silent} and ${sound}`)
})

test('one that has ended asks nobody', async () => {
  const asking = new Asking()
  asking.connect('a')
  await setImmediate()
  asking.stopping.abort()
  await asking.asker.stop()
  asking.asker.behind('a')
  asking.connect('b')
  await asking.pass(60_000)
  assert.deepEqual(asking.asked, ['a'])
})
