import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Attacker } from '../../../helpers/gossip/attacker.ts'
import { Besieged } from '../../../helpers/gossip/besieged.ts'
import { reachableBytes } from '../../../helpers/gossip/heap.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

const FRAMES = 500
/** As many as a frame may have. */
const TOPICS_PER_FRAME = 8

/** Defence: allowedTopics. */
test('a member that subscribes to thousands of topics is remembered for none of them', async () => {
  await using siege = await Besieged.start()
  const { swarm, reader, attacker } = siege
  // A node without anything above gossipsub, so that the test can look into it.
  await using bare = await Attacker.start(await swarm.identity())
  await attacker.host.dial(bare.host.getMultiaddrs()[0]!)
  const { pubsub } = bare.host.services
  const [own] = pubsub.getTopics()
  await waitFor('gossip is spoken', () => pubsub.getSubscribers(own!).length > 0)
  const before = reachableBytes()
  const targets = [reader.network, { peer: bare.host.peerId.toString() }]
  const topicsOf = (frame: number): string[] =>
    Array.from({ length: TOPICS_PER_FRAME }, (_, i) => `${'flood '.repeat(100)}${frame} ${i}`)
  const frames = Array.from({ length: FRAMES }, (_, i) => topicsOf(i))
  for (const [i, topics] of frames.entries()) {
    const subscriptions = topics.map((topic) => ({ subscribe: true, topic }))
    for (const target of targets) assert.ok(attacker.sendGossipFrame(target, { subscriptions }), `frame ${i}`)
    if (i % 50 === 49) await siege.stillWork() // lets what was sent go its way
  }
  attacker.sendGossipFrame(targets[1]!, { subscriptions: [{ subscribe: false, topic: own! }] })
  await waitFor('all has been read', () => pubsub.getSubscribers(own!).length === 0)
  assert.deepEqual(frames.flat().filter((topic) => pubsub.getSubscribers(topic).length > 0), []) // prettier-ignore
  await siege.stillWork()
  const grown = reachableBytes() - before
  assert.ok(grown < 24e6, `${grown} bytes more`)
})
