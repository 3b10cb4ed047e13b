import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import { membersGater } from '../../../../src/gossip/host/members-gater.ts'
import { TrafficMeter } from '../../../../src/gossip/host/traffic-meter.ts'

const [member, stranger] = [
  peerIdFromString((await generateIdentity()).peer),
  peerIdFromString((await generateIdentity()).peer),
]
const gater = membersGater((peer) => peer === member.toString(), new TrafficMeter())

test('a relay gives places to members only', async () => {
  assert.equal(await gater.denyInboundRelayReservation?.(member), false)
  assert.equal(await gater.denyInboundRelayReservation?.(stranger), true)
})

test('a relay joins members only, whichever side is the stranger', async () => {
  assert.equal(await gater.denyOutboundRelayedConnection?.(member, member), false)
  assert.equal(await gater.denyOutboundRelayedConnection?.(stranger, member), true)
  assert.equal(await gater.denyOutboundRelayedConnection?.(member, stranger), true)
})

test('nobody is let in through a relay who is no member, nor through a relay that is none', async () => {
  assert.equal(await gater.denyInboundRelayedConnection?.(member, member), false)
  assert.equal(await gater.denyInboundRelayedConnection?.(member, stranger), true)
  assert.equal(await gater.denyInboundRelayedConnection?.(stranger, member), true)
})
