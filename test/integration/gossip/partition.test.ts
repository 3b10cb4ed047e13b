import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeContribution } from '../../helpers/gossip/contributions.ts'
import type { TestNode } from '../../helpers/gossip/swarm.ts'
import { allConnected, allHold, publish, Swarm } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

test('two halves that were cut from each other converge after healing', async () => {
  await using swarm = new Swarm()
  const sides = new Map<string, string>()
  let isCut = false
  const nodes: TestNode[] = []
  for (const side of ['left', 'left', 'right', 'right']) {
    const identity = await swarm.identity()
    sides.set(identity.peer, side)
    const node = await swarm.node({
      identity,
      bootstrap: nodes.flatMap(({ network }) => network.addresses()),
      isMember: (peer) => swarm.members.has(peer) && !(isCut && sides.get(peer) !== side),
    })
    nodes.push(node)
  }
  await allConnected(nodes)

  isCut = true
  await Promise.all(nodes.map(({ network }) => network.reviewMembership()))
  await waitFor('each sees its own side only', () =>
    nodes.every(({ network }) => new Set(network.connections().map(({ peer }) => peer)).size === 1),
  )
  const contributions = await Promise.all(nodes.map(({ identity }) => makeContribution(identity)))
  for (const [i, node] of nodes.entries()) await publish(node, contributions[i]!)
  await allHold(nodes.slice(0, 2), [contributions[0]!.id, contributions[1]!.id])
  await allHold(nodes.slice(2), [contributions[2]!.id, contributions[3]!.id])

  isCut = false
  await allHold(
    nodes,
    contributions.map(({ id }) => id),
  )
  assert.deepEqual(swarm.errors, [])
})

test('a member that comes back after it stopped is dialled again', async () => {
  await using swarm = new Swarm()
  const [first, second] = await swarm.star(2)
  await allConnected([first!, second!])
  await waitFor('its address is known', () => first!.network.knownPeers().length === 1)
  const address = second!.network.addresses()[0]!
  await second!.network.stop()
  await waitFor('the loss is noticed', () => first!.network.connections().length === 0)
  const contribution = await makeContribution(first!.identity)
  await publish(first!, contribution)
  const again = await swarm.node({
    identity: second!.identity,
    store: second!.store,
    listen: [address.replace(/\/p2p\/.*/, '')],
  })
  await allHold([first!, again], [contribution.id])
})
