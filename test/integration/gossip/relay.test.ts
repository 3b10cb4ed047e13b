import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { Attacker } from '../../helpers/gossip/attacker.ts'
import { makeContribution, storePayload } from '../../helpers/gossip/contributions.ts'
import { Door, freePort } from '../../helpers/gossip/door.ts'
import { allHold, publish, Swarm, type TestNode } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

const RELAY = { relay: { maxReservations: 8 }, reachable: 'yes' } as const
const DIAL_OUT_ONLY = { reachable: 'no' } as const

const pathBetween = (a: TestNode, b: TestNode): string | undefined =>
  a.network.connections().find(({ peer }) => peer === b.network.peer)?.path

const relaysOf = ({ network }: TestNode): Set<string> =>
  new Set(network.addresses().flatMap((address) => /\/p2p\/([^/]+)\/p2p-circuit/.exec(address)?.[1] ?? []))

test('two sites that only dial out gossip, reconcile and fetch through a member that relays', async () => {
  await using swarm = new Swarm()
  const relay = await swarm.node(RELAY)
  const bootstrap = relay.network.addresses()
  const a = await swarm.node({ ...DIAL_OUT_ONLY, bootstrap })
  const b = await swarm.node({ ...DIAL_OUT_ONLY, bootstrap })
  await waitFor('the sites meet', () => pathBetween(a, b) !== undefined)
  assert.equal(pathBetween(a, b), 'relayed')
  assert.deepEqual([...relaysOf(a)], [relay.network.peer])
  assert.ok(a.network.addresses().every((address) => address.includes('/p2p-circuit/')))
  assert.equal(pathBetween(a, relay), 'direct')
  const contribution = await makeContribution(a.identity, { size: 5_000_000 }) // far over libp2p's default of 128 KiB
  await publish(a, contribution)
  await allHold([a, b, relay], [contribution.id])
})

test('with a network key, too; whoever has another one stays outside', async () => {
  await using swarm = new Swarm()
  const networkKey = new Uint8Array(randomBytes(32))
  const relay = await swarm.node({ ...RELAY, networkKey })
  const bootstrap = relay.network.addresses()
  const a = await swarm.node({ ...DIAL_OUT_ONLY, networkKey, bootstrap })
  const b = await swarm.node({ ...DIAL_OUT_ONLY, networkKey, bootstrap })
  const other = await swarm.node({ networkKey: new Uint8Array(randomBytes(32)), bootstrap })
  const none = await swarm.node({ bootstrap })
  await waitFor('the sites meet', () => pathBetween(a, b) === 'relayed')
  const contribution = await makeContribution(a.identity, { size: 2_000_000 })
  await publish(a, contribution)
  await allHold([a, b, relay], [contribution.id])
  for (const outside of [other, none]) {
    assert.equal(outside.network.connections().length, 0)
    assert.equal((await other.network.examine([relay.network.peer])).outbound.length, 0)
  }
})

test('when a relay dies, its sites go on through another; when it is back, it is held a place at again', async () => {
  await using swarm = new Swarm()
  const identity = await swarm.identity()
  const first = await swarm.node({ ...RELAY, identity })
  const listen = first.network.addresses().map((address) => address.split('/p2p/')[0]!)
  const bootstrap = first.network.addresses()
  const second = await swarm.node({ ...RELAY, bootstrap })
  const a = await swarm.node({ ...DIAL_OUT_ONLY, bootstrap })
  const b = await swarm.node({ ...DIAL_OUT_ONLY, bootstrap })
  await waitFor('both relays are held', () => relaysOf(a).size === 2 && relaysOf(b).size === 2)
  await waitFor('the sites meet', () => pathBetween(a, b) === 'relayed')
  await first.network.stop()
  await waitFor('one is gone', () => relaysOf(a).size === 1 && relaysOf(b).size === 1)
  await waitFor('the sites meet again', () => pathBetween(a, b) === 'relayed')
  const contribution = await makeContribution(a.identity)
  await publish(a, contribution)
  await allHold([a, b, second], [contribution.id])
  const back = await swarm.node({ ...RELAY, identity, listen, bootstrap: second.network.addresses() })
  await waitFor(
    'it is back',
    () => relaysOf(a).has(back.network.peer) && relaysOf(b).has(back.network.peer),
    30_000,
  )
})

test('a node that others cannot dial finds out, and is reached through a relay; a direct way that opens replaces it', async () => {
  await using swarm = new Swarm()
  const relay = await swarm.node(RELAY)
  await using door = await Door.closed()
  const port = await freePort()
  const bootstrap = relay.network.addresses()
  const listen = [`/ip4/127.0.0.1/tcp/${port}`]
  const hidden = await swarm.node({ bootstrap, listen, announce: [door.address] })
  await waitFor('it holds a place', () => relaysOf(hidden).size === 1)
  assert.ok(hidden.network.addresses().some((address) => address.startsWith(door.address)))
  const other = await swarm.node({ ...DIAL_OUT_ONLY, bootstrap })
  await waitFor('they meet through the relay', () => pathBetween(other, hidden) === 'relayed')

  await door.open(port)
  other.network.addBootstrap([`${door.address}/p2p/${hidden.network.peer}`])
  await waitFor('the direct way is taken', () => pathBetween(other, hidden) === 'direct')
  await waitFor(
    'and it alone',
    () => connectionsTo(other, hidden) === 1 && connectionsTo(hidden, other) === 1,
  )
  let sequence = 0
  await waitFor('gossip has moved to the direct connection', async () => {
    const contribution = await makeContribution(hidden.identity, { sequence: ++sequence })
    await storePayload(hidden.store, contribution)
    return (await hidden.network.publish(contribution.envelope)).recipients === 2
  })
})

function connectionsTo(from: TestNode, to: TestNode): number {
  return from.network.connections().filter(({ peer }) => peer === to.network.peer).length
}

test('a stranger gets no place at a relay and reaches nobody through it', async () => {
  await using swarm = new Swarm()
  const relay = await swarm.node(RELAY)
  const site = await swarm.node({ ...DIAL_OUT_ONLY, bootstrap: relay.network.addresses() })
  await waitFor('the site holds a place', () => relaysOf(site).size === 1)
  await using stranger = await Attacker.start(await swarm.identity(false))
  const through = multiaddr(site.network.addresses()[0])
  await assert.rejects(stranger.host.dial(through, { signal: AbortSignal.timeout(5_000) }))
  assert.ok(site.network.connections().every(({ peer }) => peer === relay.network.peer))
})

test('a relay gives away no more places than it has', async () => {
  await using swarm = new Swarm()
  const relay = await swarm.node({ reachable: 'yes', relay: { maxReservations: 1 } })
  const bootstrap = relay.network.addresses()
  const first = await swarm.node({ ...DIAL_OUT_ONLY, bootstrap })
  await waitFor('the first holds it', () => relaysOf(first).size === 1)
  const second = await swarm.node({ ...DIAL_OUT_ONLY, bootstrap })
  await waitFor('the second has come, and dials the first', () => pathBetween(second, first) === 'relayed')
  assert.equal(relaysOf(second).size, 0)
})
