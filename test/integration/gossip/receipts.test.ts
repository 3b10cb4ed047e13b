import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '../../helpers/gossip/contributions.ts'
import { allConnected, Swarm, type TestNode } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

function holding(merge: string): Parameters<TestNode['network']['holds']>[0] {
  return {
    merge: sha256(merge),
    cut: sha256('cut'),
    ledger: null,
    charter: sha256('charter'),
    kernel: 1,
    contributions: 3,
  }
}

function saysOf(node: TestNode, other: TestNode): string | null | undefined {
  return node.network.receipts().get(other.network.peer)?.receipt.merge
}

test('every member hears what every other holds, and what it holds next', async () => {
  await using swarm = new Swarm()
  const nodes = await swarm.star(3)
  await allConnected(nodes)
  for (const node of nodes) node.network.holds(holding('first'), new Map([[node.network.peer, 2]]))
  const all = (merge: string) => (): boolean =>
    nodes.every((node) => nodes.every((other) => other === node || saysOf(node, other) === sha256(merge)))
  await waitFor('all have heard of all', all('first'))
  for (const node of nodes) node.network.holds(holding('second'), new Map([[node.network.peer, 3]]))
  await waitFor('all have heard of what changed', all('second'))
})

test('a latecomer hears of a node that has nothing new to tell, in the first reconciliation', async () => {
  await using swarm = new Swarm()
  const first = await swarm.node()
  first.network.holds(holding('old'), new Map())
  const late = await swarm.node({ bootstrap: first.network.addresses() })
  await waitFor('the latecomer has heard', () => saysOf(late, first) === sha256('old'))
})

test('a node that came back with a clock gone back is heard again', async () => {
  await using swarm = new Swarm()
  const reader = await swarm.node()
  const bootstrap = reader.network.addresses()
  const before = await swarm.node({ bootstrap, firstReceipt: 1_000_000 })
  before.network.holds(holding('before'), new Map())
  await waitFor('it is heard', () => saysOf(reader, before) === sha256('before'))
  await before.network.stop()
  const after = await swarm.node({ identity: before.identity, bootstrap, firstReceipt: 5 })
  after.network.holds(holding('after'), new Map())
  await waitFor('it is heard again', () => saysOf(reader, after) === sha256('after'))
})

test('connected members are heard again and again though nothing changes', async () => {
  await using swarm = new Swarm()
  const [first, second] = (await swarm.star(2)) as [TestNode, TestNode]
  first.network.holds(holding('same'), new Map())
  const age = (): number => second.network.receipts().get(first.network.peer)?.ageMs ?? Infinity
  await waitFor('it is heard', () => age() < Infinity)
  await waitFor('time passes', () => age() > 50)
  await waitFor('it is confirmed', () => age() < 50)
})

test('the receipt of who is no member any more is forgotten', async () => {
  await using swarm = new Swarm()
  const [first, second] = (await swarm.star(2)) as [TestNode, TestNode]
  first.network.holds(holding('same'), new Map())
  await waitFor('it is heard', () => saysOf(second, first) !== undefined)
  swarm.members.delete(first.network.peer)
  assert.equal(saysOf(second, first), undefined)
})

test('how a peer is reached is told: directly, with its round trip once measured', async () => {
  await using swarm = new Swarm()
  const nodes = await swarm.star(2)
  await allConnected(nodes)
  const [connection] = nodes[0]!.network.connections()
  assert.equal(connection!.path, 'direct')
  assert.ok(connection!.rttMs === null || connection!.rttMs >= 0)
})
