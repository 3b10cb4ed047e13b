import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from '../../../src/node/home.ts'
import { peerAddress } from '../../../src/node/peer-address.ts'

test('host and port become a multiaddr; a multiaddr stays as it is', () => {
  const cases: [string, string][] = [
    ['203.0.113.7:4001', '/ip4/203.0.113.7/tcp/4001'],
    ['[2001:db8::7]:4001', '/ip6/2001:db8::7/tcp/4001'],
    ['hospital-a.example:443', '/dns/hospital-a.example/tcp/443'],
    ['localhost:04001', '/dns/localhost/tcp/4001'],
    ['/dns4/a.example/tcp/4001', '/dns4/a.example/tcp/4001'],
  ]
  for (const [text, expected] of cases) assert.equal(peerAddress(text), expected)
})

test('what is no address is none', () => {
  const wrong = [
    '',
    ':4001',
    'host',
    'host:',
    'host:0',
    'host:65536',
    'host:4001x',
    '300.1.1.1:4001',
    '2001:db8::7:4001', // an IPv6 address needs brackets before a port
    'http://host:4001',
    'a b:1',
    'a..b:1',
    `${'a'.repeat(64)}.example:1`,
    '/ip4/1.2.3.4/udp/4001',
    '/ip4/1.2.3.4',
    '/nonsense',
  ]
  for (const text of wrong) assert.equal(peerAddress(text), undefined, text)
})

const settings = { v: 1, name: 'a', backbone: 'b', data: 'd' }

test('settings take addresses in both forms and name a wrong one', () => {
  assert.deepEqual(configSchema.parse({ ...settings, announce: ['a.example:4001'] }).announce, [
    '/dns/a.example/tcp/4001',
  ])
  const { error } = configSchema.safeParse({ ...settings, announce: ['a.example'] })
  assert.match(error!.message, /expected HOST:PORT/)
})

test('unless told otherwise a site relays for nobody, finds out whether it is reachable, and asks the LAN', () => {
  const { relay, reachable, mdns } = configSchema.parse(settings)
  assert.deepEqual(
    { relay, reachable, mdns },
    { relay: { serve: false, maxReservations: 128 }, reachable: 'auto', mdns: true },
  )
})
