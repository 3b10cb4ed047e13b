import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import { foundDemo } from '../../../src/node/demo/found-demo.ts'
import { PeerProcess, type PeerLine } from '../../../src/node/demo/peer-process.ts'
import type { SwarmPeer } from '../../../src/node/demo/swarm.ts'
import { homePaths } from '../../../src/node/home.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import { TINY_BACKBONE, TINY_CLASSES, writeTinySite } from '../../helpers/tiny-sites.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { PROGRAM } from '../../helpers/node/run-program.ts'

const SITES = [
  { name: 'anvil', images: [14, 10, 0] },
  { name: 'birch', images: [0, 12, 11] },
  { name: 'cedar', images: [9, 0, 16] },
]
const CONTRIBUTIONS = 2
const DEADLINE_MS = 90_000

let workDir = ''
let peers: SwarmPeer[] = []
const running = new Map<string, PeerProcess>()
const lines = new Map<string, PeerLine[]>()

before(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'peermerge-swarm-'))
  const sites = SITES.map(({ name }) => ({ name, data: join(workDir, 'data', name) }))
  for (const [index, { data, name }] of sites.entries()) await writeTinySite(data, SITES[index]!.images, name)
  peers = await foundDemo(sites, {
    workDir,
    backbone: TINY_BACKBONE,
    charter: {
      name: 'swarm-test',
      classes: TINY_CLASSES,
      imageSize: 16,
      adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'B', seed: 'swarm-test' },
      contributionsPerTask: CONTRIBUTIONS,
      training: { epochs: 2, batchSize: 8, learningRate: 1e-2 },
      floors: { samples: 4, perClass: 1 },
    },
    threads: 1,
    trainFraction: 0.7,
    splitSeed: 'swarm-test',
    patienceMs: DEADLINE_MS,
  })
})

after(async () => {
  await Promise.all([...running.values()].map((one) => one.stop()))
  await rm(workDir, { recursive: true, force: true })
})

function start(peer: SwarmPeer, known: string | undefined): void {
  const said: PeerLine[] = []
  lines.set(peer.name, said)
  const args = ['run', '--home', peer.home, '--json', ...(known === undefined ? [] : ['--peer', known])]
  running.set(
    peer.name,
    new PeerProcess({ name: peer.name, program: PROGRAM, args, onLine: (line) => said.push(line) }),
  )
}

async function said<T extends PeerLine['type']>(
  peer: SwarmPeer,
  type: T,
): Promise<Extract<PeerLine, { type: T }>> {
  const find = (): PeerLine | undefined => lines.get(peer.name)!.find((line) => line.type === type)
  const line = await Promise.race([
    waitFor(`${peer.name} says ${type}`, DEADLINE_MS, find),
    running.get(peer.name)!.failure(),
  ])
  return line as Extract<PeerLine, { type: T }>
}

async function statusOf({ home }: SwarmPeer): Promise<NodeStatus> {
  return (await connectControl(homePaths(home))).status()
}

/** Statuses of all once every member has contributed all, every node is done and holds the same merge. */
async function agreement(): Promise<NodeStatus[]> {
  return waitFor('all three peers hold the same complete merge', DEADLINE_MS, async () => {
    const statuses = await Promise.all(peers.map(statusOf))
    const full = statuses.every(
      ({ done, members }) =>
        done && members.every(({ adapters, statistics }) => adapters === CONTRIBUTIONS && statistics > 0),
    )
    return full && new Set(statuses.map(({ merge }) => merge?.digest)).size === 1 ? statuses : undefined
  })
}

test(
  'three processes merge to one digest though one is killed and comes back',
  { timeout: 3 * DEADLINE_MS },
  async () => {
    const [anvil, birch, cedar] = peers as [SwarmPeer, SwarmPeer, SwarmPeer]
    start(anvil, undefined)
    const known = (await said(anvil, 'started')).addresses[0]
    start(birch, known)
    start(cedar, known)

    await said(cedar, 'published')
    process.kill(running.get('cedar')!.pid!, 'SIGKILL')
    await running.get('cedar')!.stop()
    start(cedar, known)

    const statuses = await agreement()
    const cuts = statuses.map(({ merge }) => merge!.cut)
    assert.deepEqual(cuts[1], cuts[0], 'birch and anvil hold the same contributions')
    assert.deepEqual(cuts[2], cuts[0], 'the restarted peer holds the same contributions')
    assert.equal(new Set(cuts[0]).size, cuts[0]!.length, 'no contribution twice')
    for (const { name, members } of statuses)
      assert.deepEqual(
        members.map(({ adapters }) => adapters),
        [CONTRIBUTIONS, CONTRIBUTIONS, CONTRIBUTIONS],
        `${name} holds ${CONTRIBUTIONS} adapters of each member, none lost, none doubled`,
      )
  },
)
