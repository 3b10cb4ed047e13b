import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeContribution } from '../../helpers/gossip/contributions.ts'
import { allConnected, allHold, publish, Swarm } from '../../helpers/gossip/swarm.ts'

test('what each of five nodes publishes is held by all, though each knew the first one alone', async () => {
  await using swarm = new Swarm()
  const nodes = await swarm.star(5)
  await allConnected(nodes)
  const contributions = await Promise.all(
    nodes.map(({ identity }, i) => makeContribution(identity, { size: 2_500_000 + 17 * i })),
  )
  const received = (): number => nodes.reduce((sum, { network }) => sum + network.traffic().bytesReceived, 0)
  const before = received()
  await Promise.all(nodes.map((node, i) => publish(node, contributions[i]!)))
  await allHold(
    nodes,
    contributions.map(({ id }) => id),
  )
  const ideal = 4 * contributions.reduce((sum, { payload }) => sum + payload.byteLength, 0)
  const moved = (received() - before) / ideal
  assert.ok(
    moved < 1.05,
    `${moved.toFixed(3)} times the bytes that have to move came over the sockets; a chunk is 0.02`,
  )
  for (const { store } of nodes) {
    assert.equal(store.puts.length, new Set(store.puts).size, 'no chunk is fetched twice')
  }
  assert.deepEqual(swarm.errors, [])
})

test('a late joiner gets all that was published before, also when its author is gone', async () => {
  await using swarm = new Swarm()
  const [first, author] = await swarm.star(2)
  await allConnected([first!, author!])
  const contributions = await Promise.all(
    [3, 7].map((sequence) => makeContribution(author!.identity, { sequence })),
  )
  for (const contribution of contributions) await publish(author!, contribution)
  const ids = contributions.map(({ id }) => id)
  await allHold([first!], ids)
  await author!.network.stop()
  const late = await swarm.node({ bootstrap: first!.network.addresses() })
  await allHold([late], ids)
})
