import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertReach } from '../../../src/node/site-reach.ts'

const ADDRESS = '/ip4/203.0.113.7/tcp/4001'

test('a site that listens nowhere neither relays nor announces, and no site announces without end', () => {
  assertReach({})
  assertReach({ reachable: 'yes', relay: true, announce: [ADDRESS] })
  assertReach({ reachable: 'no', relay: false, announce: [] })
  assert.throws(() => assertReach({ reachable: 'no', relay: true }), { code: 'ERR_OPTIONS', message: /--no-relay/ }) // prettier-ignore
  assert.throws(() => assertReach({ reachable: 'no', announce: [ADDRESS] }), { code: 'ERR_OPTIONS', message: /203\.0\.113\.7/ }) // prettier-ignore
  assert.throws(() => assertReach({ announce: Array(9).fill(ADDRESS) }), {
    code: 'ERR_OPTIONS',
    message: /9 addresses, expected at most 8/,
  })
})
