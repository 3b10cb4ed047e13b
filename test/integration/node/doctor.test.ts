import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Diagnosis, Finding } from '../../../src/node/doctor/types.ts'
import { memoryText } from '../../../src/node/memory/memory-text.ts'
import { writeConfig } from '../../../src/node/home.ts'
import { writeNetworkKey } from '../../../src/node/network-key-file.ts'
import { createNode } from '../../../src/node/node.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { threeSites, type Sites } from './three-sites.ts'

const PROGRAM = fileURLToPath(new URL('../../../src/node/main.ts', import.meta.url))

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A process of its own, while this one answers. */
async function peermerge(...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args])
  const closed = once(child, 'close') as Promise<[number]>
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  return { code, stdout, stderr }
}

async function doctor(home: string, ...args: string[]): Promise<Diagnosis & { code: number }> {
  const { code, stdout, stderr } = await peermerge('doctor', '--home', home, '--json', ...args)
  assert.match(stdout, /^\{/, stderr)
  return { ...(JSON.parse(stdout) as Diagnosis), code }
}

const of = ({ findings }: Diagnosis, check: Finding['check']): Finding[] =>
  findings.filter((one) => one.check === check)

describe('doctor', () => {
  let sites: Sites
  let node: PeermergeNode
  const [FOUNDRY, MILL, PRESS] = [0, 1, 2]
  const home = (site: number): string => sites.paths[site]!.root

  before(async () => {
    sites = await threeSites()
    node = await createNode({ home: home(FOUNDRY) })
    await node.start()
    await sites.dial(MILL, node.status().addresses)
    await sites.dial(PRESS, node.status().addresses)
  })
  after(async () => {
    await node.stop()
    await sites.remove()
  })

  test('a stopped site tries both directions with a host of its own', async () => {
    const diagnosis = await doctor(home(MILL))
    assert.equal(diagnosis.facts.isRunning, false)
    const [outbound] = of(diagnosis, 'outbound')
    assert.deepEqual(
      [outbound?.level, /^foundry at 127\.0\.0\.1:\d+ answers$/.test(outbound?.found ?? '')],
      ['ok', true],
    )
    const [inbound] = of(diagnosis, 'inbound')
    assert.match(inbound?.found ?? '', /dialled by foundry: reachable/)
    for (const check of ['port', 'clock', 'versions', 'agreement'] as const) {
      assert.deepEqual(
        of(diagnosis, check).map(({ level }) => level),
        ['ok'],
        check,
      )
    }
    assert.match(
      of(diagnosis, 'memory')[0]?.found ?? '',
      /^about \d+\.\d MB of memory at most: the node .*training .*(MB|GB) free$/,
    )
    assert.equal(diagnosis.rule, null)
    assert.match(of(diagnosis, 'outbound')[1]?.found ?? '', /press: no address is known/)
  })

  test('a running one answers through its node, about an address that is given as well', async () => {
    const mill = await createNode({ home: home(MILL) })
    await mill.start()
    try {
      const [address] = node.status().addresses
      const [, , host, , port] = address!.split('/')
      const diagnosis = await doctor(home(MILL), '--peer', `${host}:${port}`, '--peer', `${host}:1`)
      assert.equal(diagnosis.facts.isRunning, true)
      const [given, closed] = diagnosis.facts.reach!.outbound
      assert.equal(given?.peer, node.peer, 'whoever answers is told')
      assert.equal(closed?.outcome, 'refused')
      const [memory] = of(diagnosis, 'memory')
      const told = memoryText(mill.status().memory!)
      assert.deepEqual([memory?.level, memory?.found], ['ok', told], 'its memory is taken already')
      assert.equal(diagnosis.code, 1)
    } finally {
      await mill.stop()
    }
  })

  test('a different network key is named as the likely cause, and the exit code says that something failed', async () => {
    await writeNetworkKey(sites.paths[MILL]!, new Uint8Array(randomBytes(32)))
    try {
      const diagnosis = await doctor(home(MILL))
      const [outbound] = of(diagnosis, 'outbound')
      assert.equal(outbound?.level, 'fail')
      assert.match(outbound.todo ?? '', /different network key is the likely cause/)
      assert.equal(diagnosis.code, 1)
    } finally {
      await rm(sites.paths[MILL]!.networkKey)
    }
  })

  test('a port that is taken is named with who has it, and the rest is tried all the same', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const settings = JSON.parse(await readFile(sites.paths[PRESS]!.config, 'utf8')) as Parameters<
      typeof writeConfig
    >[1]
    await writeConfig(sites.paths[PRESS]!, { ...settings, listen: [`/ip4/127.0.0.1/tcp/${port}`] })
    try {
      const diagnosis = await doctor(home(PRESS))
      const [finding] = of(diagnosis, 'port')
      const holder = process.platform === 'linux' ? `process ${process.pid}` : 'another process'
      assert.match(finding?.found ?? '', new RegExp(`127\\.0\\.0\\.1:${port} is in use by .*${holder}`))
      assert.equal(of(diagnosis, 'outbound')[0]?.level, 'ok')
      assert.equal(diagnosis.code, 1)
    } finally {
      server.close()
    }
  })
})
