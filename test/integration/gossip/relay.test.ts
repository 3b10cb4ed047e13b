import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeContribution } from '../../helpers/gossip/contributions.ts'
import { allHold, publish, Swarm, type TestNode } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

const RELAY = { relay: { maxReservations: 8 } }
const DIAL_OUT_ONLY = { reachable: 'no' } as const

const pathBetween = (a: TestNode, b: TestNode): string | undefined =>
  a.network.connections().find(({ peer }) => peer === b.network.peer)?.path

test('two sites that only dial out gossip, reconcile and fetch through a member that relays', async () => {
  await using swarm = new Swarm()
  const relay = await swarm.node(RELAY)
  const bootstrap = relay.network.addresses()
  const [a, b] = [
    await swarm.node({ ...DIAL_OUT_ONLY, bootstrap }),
    await swarm.node({ ...DIAL_OUT_ONLY, bootstrap }),
  ]
  await waitFor('the sites meet', () => pathBetween(a, b) !== undefined)
  assert.equal(pathBetween(a, b), 'relayed')
  assert.ok(a.network.addresses().length > 0)
  assert.ok(a.network.addresses().every((address) => address.includes('/p2p-circuit/')))
  assert.equal(pathBetween(a, relay), 'direct')
  await relay.network.reviewMembership()
  const contribution = await makeContribution(a.identity, { size: 5_000_000 }) // far over libp2p's default of 128 KiB
  await publish(a, contribution)
  await allHold([a, b, relay], [contribution.id])
})
