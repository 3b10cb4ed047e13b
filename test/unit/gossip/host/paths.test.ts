import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_ADDRESSES_PER_PEER } from '../../../../src/gossip/constants.ts'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import { endpointOf } from '../../../../src/gossip/host/knock.ts'
import { byPath, pathOf, relayOf } from '../../../../src/gossip/host/paths.ts'
import { toldAddresses } from '../../../../src/gossip/host/told-addresses.ts'

const [relay, self] = [(await generateIdentity()).peer, (await generateIdentity()).peer]
const direct = `/ip4/203.0.113.7/tcp/4001/p2p/${self}`
const through = `/ip4/198.51.100.9/tcp/4001/p2p/${relay}/p2p-circuit/p2p/${self}`

test('an address says whether it leads through a relay, and through which', () => {
  assert.deepEqual([direct, through].map(pathOf), ['direct', 'relayed'])
  assert.deepEqual([direct, through].map(relayOf), [undefined, relay])
})

test('direct ways come first; nobody goes through itself', () => {
  assert.deepEqual(byPath([through, direct], 'other'), { direct: [direct], relayed: [through] })
  assert.deepEqual(byPath([through, direct], relay), { direct: [direct], relayed: [] })
})

test('what is told: public before private before loopback, relayed ones always find room', () => {
  const loopback = '/ip4/127.0.0.1/tcp/1'
  const inside = Array.from({ length: 12 }, (_, i) => `/ip4/10.0.0.${i}/tcp/1`)
  const outside = '/ip4/8.8.8.8/tcp/1'
  const told = toldAddresses([loopback, ...inside, outside, through, through], [])
  assert.equal(told.length, MAX_ADDRESSES_PER_PEER)
  assert.equal(told[0], outside)
  assert.equal(told.at(-1), through)
  assert.ok(!told.includes(loopback))
  assert.deepEqual(toldAddresses([loopback], []), [loopback])
})

test('what the operator announces takes the place of what was found, but not of relays', () => {
  const announced = '/dns/foundry.example/tcp/443'
  assert.deepEqual(toldAddresses(['/ip4/10.0.0.1/tcp/1', announced, through], [announced]), [
    announced,
    through,
  ])
})

test('only TCP addresses have an endpoint', () => {
  assert.deepEqual(endpointOf(direct), { host: '203.0.113.7', port: 4001 })
  assert.deepEqual(endpointOf('/dns6/a.example/tcp/2'), { host: 'a.example', port: 2 })
  for (const other of ['/ip4/1.2.3.4/udp/1', `/p2p/${self}`, '/unix/%2Ftmp'])
    assert.equal(endpointOf(other), undefined)
})
