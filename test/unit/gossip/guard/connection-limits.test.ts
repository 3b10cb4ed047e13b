import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { MAX_CONNECTIONS_PER_PEER, MAX_PENDING_PER_ADDRESS } from '../../../../src/gossip/constants.ts'
import { limitConnections } from '../../../../src/gossip/guard/connection-limits.ts'
import { NetworkCounters } from '../../../../src/gossip/counters.ts'

class FakeConnection extends EventTarget {
  readonly remoteAddr
  isOpen = true

  constructor(address: string) {
    super()
    this.remoteAddr = multiaddr(address)
  }

  abort(): void {
    this.isOpen = false
    this.dispatchEvent(new Event('close'))
  }
}

let port = 1024
const from = (ip: string): FakeConnection => new FakeConnection(`/ip4/${ip}/tcp/${port++}`)
const asReal = (connection: FakeConnection): MultiaddrConnection =>
  connection as unknown as MultiaddrConnection
const peer = (name: string): PeerId => ({ toString: () => name }) as PeerId

async function begin(gater: ConnectionGater, connection: FakeConnection): Promise<boolean> {
  return !(await gater.denyInboundConnection!(asReal(connection)))
}

async function finish(gater: ConnectionGater, name: string, connection: FakeConnection): Promise<boolean> {
  return !(await gater.denyInboundUpgradedConnection!(peer(name), asReal(connection)))
}

test('one address cannot take all places of handshakes, and gets its own back when they end', async () => {
  const counters = new NetworkCounters()
  const gater = limitConnections({}, counters)
  const taken = Array.from({ length: MAX_PENDING_PER_ADDRESS }, () => from('192.0.2.1'))
  for (const connection of taken) assert.ok(await begin(gater, connection))
  assert.equal(await begin(gater, from('192.0.2.1')), false)
  assert.ok(await begin(gater, from('192.0.2.2')), 'another address comes in')
  assert.deepEqual(counters.ceilings(), { 'pending-connections': 1 })
  taken[0]!.abort()
  assert.ok(await begin(gater, from('192.0.2.1')), 'one gave up')
  assert.ok(await finish(gater, 'a', taken[1]!))
  assert.ok(await begin(gater, from('192.0.2.1')), 'one came through')
})

test('of too many connections of one peer the oldest is closed, and those of others stay', async () => {
  const counters = new NetworkCounters()
  const gater = limitConnections({}, counters)
  const other = from('192.0.2.9')
  await finish(gater, 'other', other)
  const own = Array.from({ length: MAX_CONNECTIONS_PER_PEER + 2 }, () => from('192.0.2.1'))
  for (const connection of own) assert.ok(await finish(gater, 'a', connection))
  assert.deepEqual(
    own.map(({ isOpen }) => isOpen),
    [false, false, true, true, true, true],
  )
  assert.equal(other.isOpen, true)
  assert.equal(counters.ceilings()['connections-per-peer'], 2)
})

test('what the gater within refuses stays refused', async () => {
  const gater = limitConnections({ denyInboundConnection: () => true, denyInboundUpgradedConnection: () => true, denyDialPeer: () => true }, new NetworkCounters()) // prettier-ignore
  assert.equal(await begin(gater, from('192.0.2.1')), false)
  assert.equal(await finish(gater, 'a', from('192.0.2.1')), false)
  assert.equal(await gater.denyDialPeer!(peer('a')), true)
})
