import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerHost } from '../../../../src/gossip/host/peer-host.ts'
import { needsRelay, Reachability, someOf } from '../../../../src/gossip/reach/reachability.ts'
import {
  encodeProbeReply,
  type ProbedAddress,
  type Verdict,
} from '../../../../src/gossip/reach/probe-messages.ts'
import { testLogger } from '../../../helpers/gossip/swarm.ts'

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

test('a node that is reachable for some still seeks relays where a member stays apart', async () => {
  for (const apart of [true, false]) {
    const due: (() => void)[] = []
    let sought = 0
    const reply = encodeProbeReply({
      time: 0,
      kernel: 1,
      charter: 'c'.repeat(64),
      ledger: null,
      observed: null,
      probed: said('reachable'),
    })
    const frames = {
      read: () => Promise.resolve(reply),
      write: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }
    const reachability = new Reachability({
      host: {
        peer: 'self',
        connectedPeers: () => ['a'],
        addresses: () => ['/ip4/8.8.8.8/tcp/0'],
        openStream: () => Promise.resolve(frames),
      } as unknown as PeerHost,
      reach: {
        seekRelays: () => {
          sought++
        },
      },
      logger: testLogger('reachability'),
      clock: { now: () => 0, after: (_ms, action) => (due.push(action), () => undefined) },
      random: () => 0.5,
      signal: new AbortController().signal,
      isSomeoneApart: () => apart,
    })
    reachability.met()
    for (let ask = 0; ask < 2; ask++) {
      assert.equal(sought, 0, 'a member may only be late')
      due.shift()!()
      await reachability.stop()
    }
    assert.equal(sought, apart ? 1 : 0)
  }
})
