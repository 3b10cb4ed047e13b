import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  FULL_MESH_PEERS,
  MAX_MEMBER_CONNECTIONS,
  TARGET_CONNECTIONS,
} from '../../../../src/gossip/constants.ts'
import { dialRoom, sentAway } from '../../../../src/gossip/links/degree.ts'
import { Scheduler } from '../../../simulation/scheduler.ts'
import { SMALL } from '../../../simulation/sim-charters.ts'
import { SimConsortium } from '../../../simulation/sim-consortium.ts'
import { simIdentity } from '../../../simulation/sim-identities.ts'
import { SimNode } from '../../../simulation/sim-node.ts'
import { SimWorld } from '../../../simulation/sim-world.ts'
import { createRandom } from '../../../../src/merge/index.ts'
import { silentLogger } from '../../../../src/node/logger.ts'

test('up to 31 others, all are dialled; beyond, until there are 16, and none is sent away below 65', () => {
  assert.equal(dialRoom(FULL_MESH_PEERS, 3, 0), Infinity)
  assert.equal(dialRoom(FULL_MESH_PEERS + 1, 3, 2), TARGET_CONNECTIONS - 5)
  assert.equal(dialRoom(500, TARGET_CONNECTIONS, 0), 0)
  assert.equal(dialRoom(500, 40, 0), 0)
  const away = (known: number, connected: number): number =>
    sentAway(known, peers(connected), new Set(), () => 0.5).length
  assert.equal(away(FULL_MESH_PEERS, FULL_MESH_PEERS), 0)
  assert.equal(away(500, MAX_MEMBER_CONNECTIONS), 0)
  assert.equal(away(500, MAX_MEMBER_CONNECTIONS + 7), 7)
})

test('whom others depend on is never sent away, and takes no place of those who are not', () => {
  const random = createRandom('sent away')
  const connected = peers(MAX_MEMBER_CONNECTIONS + 40)
  const kept = new Set(connected.slice(0, 30))
  for (let round = 0; round < 50; round++) {
    const away = sentAway(500, connected, kept, () => random.uniform())
    assert.equal(away.length, 10)
    assert.ok(away.every((peer) => !kept.has(peer)))
  }
  assert.deepEqual(sentAway(500, connected, new Set(connected), Math.random), [])
})

function peers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `peer ${i}`)
}

/** Nodes of which each knows the address of the first alone, which relays for the last so many. */
async function consortiumOf(
  count: number,
  clients = 0,
): Promise<{ scheduler: Scheduler; nodes: SimNode[]; clients: readonly string[] }> {
  const identities = await Promise.all(Array.from({ length: count }, (_, i) => simIdentity(i)))
  const scheduler = new Scheduler(`degree of ${count}`)
  const world = new SimWorld(scheduler)
  const consortium = new SimConsortium(identities, SMALL)
  const names = new Set(identities.map(({ peer }) => peer))
  const kept = new Set([...names].slice(count - clients))
  const nodes = identities.map((identity, site) => {
    return new SimNode({
      world,
      consortium,
      identity,
      site,
      isReachable: true,
      lagMs: 0,
      clockRate: 1,
      bootstrap: site === 0 ? [] : [world.addressOf(0, 4001)],
      reconcileMs: { min: 2_000, max: 5_000 },
      logger: silentLogger(),
      isMember: (peer) => names.has(peer),
      ...(site === 0 && { kept }),
    })
  })
  for (const [site, node] of nodes.entries()) {
    const at = clients > 0 && site === 0 ? 0 : scheduler.between(0, 10_000)
    scheduler.after(at, () => void node.boot())
  }
  return { scheduler, nodes, clients: [...kept] }
}

function degrees(nodes: readonly SimNode[]): number[] {
  return nodes.flatMap(({ run }) => (run === undefined ? [] : [run.host.connectedPeers().length]))
}

/** How many can be reached from the first over connections. */
function reachable(nodes: readonly SimNode[]): number {
  const byName = new Map(nodes.map((node) => [node.peer, node]))
  const met = new Set([nodes[0]!.peer])
  for (const peer of met) for (const next of byName.get(peer)!.run!.host.connectedPeers()) met.add(next)
  return met.size
}

test('a consortium of the usual size is a full mesh', async () => {
  const { scheduler, nodes } = await consortiumOf(12)
  await scheduler.runUntil(60_000)
  assert.deepEqual(degrees(nodes), Array(12).fill(11))
  for (const node of nodes) node.crash(true)
})

test('in a large one each keeps a bounded number of connections, the first one too, and lost ones are made up for', async (t) => {
  const { scheduler, nodes } = await consortiumOf(72)
  await scheduler.runUntil(60_000)
  const settled = degrees(nodes)
  t.diagnostic(
    `from ${Math.min(...settled)} to ${Math.max(...settled)} connections, the first one ${settled[0]}`,
  )
  assert.ok(Math.min(...settled) >= TARGET_CONNECTIONS)
  assert.ok(Math.max(...settled) <= MAX_MEMBER_CONNECTIONS)
  assert.ok(settled.reduce((sum, degree) => sum + degree, 0) / 72 < 2.5 * TARGET_CONNECTIONS)
  assert.equal(reachable(nodes), 72)

  for (const node of nodes.slice(40)) node.crash(false)
  const rest = nodes.slice(0, 40)
  await scheduler.runUntil(150_000)
  const after = degrees(rest)
  t.diagnostic(`after many of them died: from ${Math.min(...after)} to ${Math.max(...after)}`)
  assert.ok(Math.min(...after) >= TARGET_CONNECTIONS)
  assert.equal(reachable(rest), 40)
  for (const node of rest) node.crash(true)
})

test('a relay that all others have dialled sends others away, never one that it relays for', async () => {
  const { scheduler, nodes, clients } = await consortiumOf(76, 8)
  const lost = new Set<string>()
  await scheduler.runUntil(50)
  nodes[0]!.run!.host.events.on('disconnected', (peer) => lost.add(peer))
  await scheduler.runUntil(30_000)
  const connected = new Set(nodes[0]!.run!.host.connectedPeers())
  assert.ok(lost.size > 0)
  for (const peer of clients) assert.ok(connected.has(peer) && !lost.has(peer))
  for (const node of nodes) node.crash(true)
})
