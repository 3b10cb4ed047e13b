import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pinPorts } from '../../../src/node/pin-ports.ts'

const ID = '/p2p/12D3KooWSelf'

test('an address with any free port gets the port that it had, by family and transport', () => {
  const told = [
    `/ip4/192.0.2.9/tcp/7/p2p/12D3KooWRelay/p2p-circuit${ID}`,
    `/ip4/127.0.0.1/tcp/5001${ID}`,
    `/ip4/127.0.0.1/tcp/5003/ws${ID}`,
    `/ip6/::1/tcp/5002${ID}`,
  ]
  const listen = ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0', '/ip4/127.0.0.1/tcp/0/ws', '/ip4/0.0.0.0/tcp/4001']
  assert.deepEqual(pinPorts(listen, told), [
    '/ip4/0.0.0.0/tcp/5001',
    '/ip6/::/tcp/5002',
    '/ip4/127.0.0.1/tcp/5003/ws',
    '/ip4/0.0.0.0/tcp/4001',
  ])
})

test('what was not listened on stays as it is asked for', () => {
  const listen = ['/ip4/192.0.2.1/tcp/0', '/ip4/0.0.0.0/udp/0/quic-v1', '/ip6/::/tcp/0']
  assert.deepEqual(pinPorts(listen, [`/ip4/127.0.0.1/tcp/5001${ID}`]), listen)
})
