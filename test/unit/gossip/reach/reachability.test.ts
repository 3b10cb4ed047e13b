import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsRelay, someOf } from '../../../../src/gossip/reach/reachability.ts'
import type { ProbedAddress, Verdict } from '../../../../src/gossip/reach/probe-messages.ts'

const said = (...verdicts: Verdict[]): ProbedAddress[] =>
  verdicts.map((verdict, i) => ({ address: `/ip4/8.8.8.8/tcp/${i}`, verdict }))

test('a node goes through relays unless each member that could say so has dialled it', () => {
  assert.equal(needsRelay([said('reachable')]), false)
  assert.equal(needsRelay([said('refused', 'reachable')]), false, 'one address is enough')
  assert.equal(
    needsRelay([said('reachable'), said('timed-out')]),
    true,
    'one member on the LAN says nothing of others',
  )
  assert.equal(needsRelay([said('reachable'), said('declined'), said('busy'), []]), false)
  assert.equal(needsRelay([said('declined')]), true, 'nobody could say')
  assert.equal(needsRelay([]), true)
})

test('some, each once, or all', () => {
  assert.deepEqual(
    someOf([1, 2], 3, () => 0),
    [1, 2],
  )
  assert.deepEqual(
    someOf([1, 2, 3, 4], 2, () => 0.999),
    [4, 3],
  )
})
