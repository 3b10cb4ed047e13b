import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mayProbe, verdictOf, type Permission } from '../../../../src/gossip/reach/may-probe.ts'

describe('what a member may make another dial', () => {
  const cases: [string, { ips: string[]; isClaimed?: boolean; observed?: string[] }, Permission][] = [
    ['where its connection comes from', { ips: ['8.8.8.8'], observed: ['8.8.8.8'] }, 'exact'],
    ['the same on a LAN', { ips: ['192.168.1.7'], observed: ['192.168.1.7'] }, 'exact'],
    ['another public address that it claims', { ips: ['8.8.4.4'], observed: ['8.8.8.8'] }, 'coarse'],
    ['the prober’s own network', { ips: ['192.168.1.1'], observed: ['8.8.8.8'] }, 'no'],
    ['the prober itself', { ips: ['127.0.0.1'], observed: ['8.8.8.8'] }, 'no'],
    ['the prober itself, by IPv6', { ips: ['::1'], observed: ['8.8.8.8'] }, 'no'],
    ['a link-local service', { ips: ['169.254.169.254'], observed: ['8.8.8.8'] }, 'no'],
    [
      'a name with a private address among others',
      { ips: ['8.8.8.8', '10.0.0.1'], observed: ['8.8.8.8'] },
      'no',
    ],
    ['a name that stands for nothing', { ips: [] }, 'no'],
    [
      'what it does not claim before all',
      { ips: ['8.8.8.8'], isClaimed: false, observed: ['8.8.8.8'] },
      'no',
    ],
    ['through a relay, nothing private', { ips: ['10.0.0.1'], observed: [] }, 'no'],
  ]
  for (const [what, { ips, isClaimed = true, observed = [] }, expected] of cases) {
    test(what, () => assert.equal(mayProbe({ ips, isClaimed, observed }), expected))
  }
})

test('why a third party does not answer is nobody’s business', () => {
  assert.equal(verdictOf('exact', 'refused'), 'refused')
  assert.equal(verdictOf('exact', 'timed-out'), 'timed-out')
  for (const outcome of ['refused', 'timed-out', 'no-route', 'no-handshake', 'other-peer'] as const) {
    assert.equal(verdictOf('coarse', outcome), 'unreachable')
  }
  assert.equal(verdictOf('coarse', 'answered'), 'reachable')
  assert.equal(verdictOf('no', 'answered'), 'declined')
})
