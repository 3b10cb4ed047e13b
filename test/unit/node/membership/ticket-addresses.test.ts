import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  MAX_ADDRESSES,
  ticketAddresses,
  ticketLimits,
} from '../../../../src/node/membership/ticket-addresses.ts'

const RELAY = '/dns4/relay.example/tcp/4001/p2p/relay'
const NOTHING = { own: [], others: [], proven: [] }

test('a site that only dials out names the relay at which it holds a place, and other members that it has dialled', () => {
  const own = [`${RELAY}/p2p-circuit/p2p/self`]
  const others = [
    '/ip4/10.1.0.9/tcp/4001/p2p/hidden',
    `${RELAY}/p2p-circuit/p2p/hidden`,
    '/ip4/9.9.9.7/tcp/4001/p2p/press',
  ]
  assert.deepEqual(ticketAddresses({ own, others, proven: [] }), [RELAY, others[2], others[0]])
  assert.deepEqual(ticketAddresses({ ...NOTHING, others: [others[1]!] }), [RELAY])
})

test('addresses that nobody gets through to do not push the relay out of the ticket', () => {
  const own = Array.from({ length: 8 }, (_, i) => `/ip6/2606:4700::${i + 1}/tcp/4001/p2p/self`)
  const others = Array.from({ length: 30 }, (_, i) => `/ip4/8.8.8.${i}/tcp/4001/p2p/other${i}`)
  const behind = [...own, `${RELAY}/p2p-circuit/p2p/self`]
  const told = ticketAddresses({ own: behind, others, proven: [] })
  assert.equal(told.length, MAX_ADDRESSES)
  assert.equal(told[0], RELAY)
  assert.equal(told.filter((one) => own.includes(one)).length, 0)
})

test('this site comes first where it needs no relay; then what has worked, one address of each member', () => {
  const own = ['/ip4/192.168.1.4/tcp/4001/p2p/self', '/ip4/9.9.9.1/tcp/4001/p2p/self']
  const others = [
    '/ip4/9.9.9.2/tcp/4001/p2p/b',
    '/ip6/2606:4700::2/tcp/4001/p2p/b',
    '/ip4/9.9.9.3/tcp/4001/p2p/c',
  ]
  assert.deepEqual(ticketAddresses({ own, others, proven: [others[2]!] }), [
    own[1],
    others[2],
    others[0],
    others[1],
    own[0],
  ])
})

test('where a node listens is no place to find it; loopback is one only where there is nothing else', () => {
  const loopback = '/ip4/127.0.0.1/tcp/4001/p2p/self'
  const own = ['/ip4/0.0.0.0/tcp/4001/p2p/self', '/ip6/::/tcp/4001/p2p/self', '/ip4/10.0.0.1/tcp/0/p2p/self']
  assert.deepEqual(ticketAddresses({ ...NOTHING, own }), [])
  assert.deepEqual(ticketAddresses({ ...NOTHING, own: [...own, loopback] }), [loopback])
  assert.deepEqual(ticketAddresses({ ...NOTHING, own: [loopback], others: [RELAY] }), [RELAY])
})

test('a ticket that not everybody can use says who can', () => {
  assert.equal(ticketLimits(['/ip4/10.0.0.1/tcp/4001/p2p/a', RELAY]), undefined)
  assert.match(ticketLimits(['/ip4/10.0.0.1/tcp/4001/p2p/a']) ?? '', /same private network.*--address/)
  assert.match(ticketLimits(['/ip4/127.0.0.1/tcp/4001/p2p/a']) ?? '', /from this machine/)
})
