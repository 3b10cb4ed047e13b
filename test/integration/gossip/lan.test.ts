import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { lanServiceTag } from '../../../src/gossip/host/lan-discovery.ts'
import { Swarm } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

const hasLan = Object.values(networkInterfaces()).some((all) => all?.some(({ internal }) => !internal))

test('the service tag differs by consortium, tells neither name nor digest, and is a valid label', () => {
  const tag = lanServiceTag('a'.repeat(64))
  assert.match(tag, /^_pm[0-9a-f]{12}\._udp\.local$/)
  assert.notEqual(tag, lanServiceTag('b'.repeat(64)))
  assert.ok(!tag.includes('aaaa'))
})

test(
  'members on one LAN find each other without any address; strangers and other consortia are left alone',
  { skip: hasLan ? false : 'this machine has no network for multicast' },
  async () => {
    await using swarm = new Swarm()
    const consortium = `lan test ${process.pid} ${Date.now()}` // others test on this machine, too
    const options = { mdns: true, consortium }
    const stranger = await swarm.node({ ...options, identity: await swarm.identity(false) })
    const elsewhere = await swarm.node({ ...options, consortium: `${consortium} elsewhere` })
    const a = await swarm.node(options)
    const b = await swarm.node(options)
    await waitFor(
      'they meet',
      () => a.network.connections().some(({ peer }) => peer === b.network.peer),
      25_000,
    )
    for (const { network } of [a, b]) {
      const met = network.connections().map(({ peer }) => peer)
      assert.ok(!met.includes(stranger.network.peer) && !met.includes(elsewhere.network.peer))
    }
  },
)
