import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLibp2p } from 'libp2p'
import { generateIdentity } from '../../../src/gossip/index.ts'
import { keptPeers } from '../../../src/gossip/host/kept-peers.ts'
import { libp2pOptions, type Libp2pNode } from '../../../src/gossip/host/libp2p-options.ts'
import { RelaySeeker } from '../../../src/gossip/host/relay-seeker.ts'
import { testLogger } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

interface Kind {
  readonly serves?: true
  readonly seeks?: true
}

async function startNode({ serves, seeks }: Kind): Promise<Libp2pNode> {
  const identity = await generateIdentity()
  const options = libp2pOptions({
    identity,
    topic: 'kept',
    listen: serves === true ? ['/ip4/127.0.0.1/tcp/0'] : [],
    announce: [],
    gater: { denyDialMultiaddr: () => false },
    relays: new RelaySeeker(testLogger(identity.peer), seeks === true),
    serveRelay: serves === true ? { maxReservations: 4 } : undefined,
    isMember: () => true,
    scoreOf: () => 0,
  })
  const node = await createLibp2p(options)
  await node.start()
  return node
}

test('a relay and who holds a place there keep each other, and so do a relay and who goes through it', async () => {
  const kinds: readonly Kind[] = [{ serves: true }, { seeks: true }, {}, {}]
  const nodes = await Promise.all(kinds.map(startNode))
  const [relay, held, passing, other] = nodes as [Libp2pNode, Libp2pNode, Libp2pNode, Libp2pNode]
  try {
    for (const node of [held, passing, other]) await node.dial(relay.getMultiaddrs())
    await waitFor('a place is held', () => held.getMultiaddrs().length > 0)
    assert.deepEqual([...keptPeers(relay)], [held.peerId.toString()])
    assert.deepEqual([...keptPeers(held)], [relay.peerId.toString()])
    assert.equal(keptPeers(passing).size, 0)
    await passing.dial(held.getMultiaddrs())
    await waitFor('the way through is kept', () => keptPeers(passing).has(relay.peerId.toString()))
    assert.deepEqual(keptPeers(relay), new Set([held, passing].map(({ peerId }) => peerId.toString())))
    assert.ok(!keptPeers(held).has(passing.peerId.toString()))
    assert.equal(keptPeers(other).size, 0)
  } finally {
    await Promise.all(nodes.map(async (node) => node.stop()))
  }
})
