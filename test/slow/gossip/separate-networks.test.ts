// Two sites in networks of their own with the same private address, as behind two home routers, and a relay that both can
// reach. Network namespaces of Linux stand for the networks; each site's only way leads to the relay's machine.
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { generateIdentity, identityToBytes, type Identity } from '../../../src/gossip/index.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'
import type { ProcessInit, ProcessReport } from './network-process.ts'

const SCRIPT = fileURLToPath(new URL('./network-process.ts', import.meta.url))
const PREFIX = `pm${process.pid}`
const [RELAY, LEFT, RIGHT] = [`${PREFIX}r`, `${PREFIX}a`, `${PREFIX}b`]
const PRIVATE = '192.168.77.1'

const ip = (...args: string[]): void => {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}

/** Undefined where namespaces can be made. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s'
  const made = spawnSync('ip', ['netns', 'add', `${PREFIX}t`], { encoding: 'utf8' })
  if (made.status !== 0)
    return `network namespaces need root and iproute2: ${made.error?.message ?? made.stderr}`
  spawnSync('ip', ['netns', 'del', `${PREFIX}t`])
  return undefined
}

/** A wire from a site's namespace to the relay's; the site has no other. */
function connectTo(relay: string, site: string, net: number): void {
  ip('netns', 'add', site)
  ip('link', 'add', `${PREFIX}${net}`, 'netns', relay, 'type', 'veth', 'peer', 'name', 'up0', 'netns', site)
  ip('-n', relay, 'addr', 'add', `10.9.${net}.1/24`, 'dev', `${PREFIX}${net}`)
  ip('-n', relay, 'link', 'set', `${PREFIX}${net}`, 'up')
  ip('-n', site, 'addr', 'add', `10.9.${net}.2/24`, 'dev', 'up0')
  ip('-n', site, 'link', 'set', 'up0', 'up')
  ip('-n', site, 'addr', 'add', `${PRIVATE}/32`, 'dev', 'lo')
  ip('-n', site, 'link', 'set', 'lo', 'up')
}

class Site {
  readonly peer: string
  readonly #child: ChildProcessWithoutNullStreams
  report: ProcessReport = { addresses: [], paths: {}, admitted: [] }

  constructor(namespace: string, identity: Identity, init: Omit<ProcessInit, 'key'>) {
    this.peer = identity.peer
    const key = Buffer.from(identityToBytes(identity)).toString('hex')
    const node = [process.execPath, '--import', 'tsx', SCRIPT, JSON.stringify({ ...init, key })]
    this.#child = spawn('ip', ['netns', 'exec', namespace, ...node])
    this.#child.stderr.pipe(process.stderr)
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) this.report = JSON.parse(line) as ProcessReport
    })
  }

  publish(): void {
    this.#child.stdin.write('publish\n')
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const closed = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin.end()
    await closed
  }
}

const why = obstacle()

test(
  'two sites in separate networks, of which each only gets out, are one consortium through a relay',
  { skip: why ?? false },
  async () => {
    const sites: Site[] = []
    try {
      ip('netns', 'add', RELAY)
      connectTo(RELAY, LEFT, 1)
      connectTo(RELAY, RIGHT, 2)
      const identities = [
        await generateIdentity(),
        await generateIdentity(),
        await generateIdentity(),
      ] as const
      const members = identities.map(({ peer }) => peer)
      const site = (namespace: string, i: 0 | 1 | 2, init: Omit<ProcessInit, 'key' | 'members'>): Site => {
        const made = new Site(namespace, identities[i], { ...init, members })
        sites.push(made)
        return made
      }
      const listen = ['/ip4/10.9.1.1/tcp/4001', '/ip4/10.9.2.1/tcp/4001']
      const relay = site(RELAY, 0, { listen, relay: { maxReservations: 8 } })
      await waitFor('the relay listens', () => relay.report.addresses.length > 0, 60_000)
      const behind = (net: number): Omit<ProcessInit, 'key' | 'members'> => ({
        listen: [`/ip4/${PRIVATE}/tcp/4001`],
        bootstrap: [`/ip4/10.9.${net}.1/tcp/4001`],
      })
      const [left, right] = [site(LEFT, 1, behind(1)), site(RIGHT, 2, behind(2))]
      await waitFor('the sites meet', () => left.report.paths[right.peer] !== undefined, 90_000)
      assert.equal(left.report.paths[right.peer], 'relayed')
      assert.equal(left.report.paths[relay.peer], 'direct')
      left.publish()
      await waitFor('all hold it', () => sites.every(({ report }) => report.admitted.length === 1), 60_000)
    } finally {
      await Promise.all(sites.map((one) => one.stop()))
      for (const namespace of [LEFT, RIGHT, RELAY]) spawnSync('ip', ['netns', 'del', namespace])
    }
  },
)
