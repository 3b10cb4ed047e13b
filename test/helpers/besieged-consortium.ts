import { spawn, type ChildProcess } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import type { CharterOptions } from '../../src/node/build-charter.ts'
import { connectControl } from '../../src/node/control-client.ts'
import { foundDemo } from '../../src/node/demo/found-demo.ts'
import { PeerProcess, type PeerLine } from '../../src/node/demo/peer-process.ts'
import { homePaths } from '../../src/node/home.ts'
import { openIdentity } from '../../src/node/identity-file.ts'
import type { MembershipCommand, ResultOf } from '../../src/node/membership/execute-command.ts'
import type { NodeStatus } from '../../src/node/status/types.ts'
import { localPortsOf, TcpProxy } from './tcp-proxy.ts'
import { TINY_BACKBONE, TINY_CLASSES, writeTinySite } from './tiny-sites.ts'
import { PROGRAM } from './node/run-program.ts'
import { waitFor } from './wait-for.ts'

export interface SiteOptions {
  readonly name: string
  /** Listens nowhere and is reached through the first site, which relays. */
  readonly relayed?: boolean
}

interface Site {
  readonly name: string
  readonly home: string
  readonly peer: string
  readonly proxy: TcpProxy | undefined
  readonly lines: PeerLine[]
  process: PeerProcess | undefined
  /** Why the process is no more, once it is. */
  end: string | undefined
}

/** Node processes of one consortium, each announced at a proxy of its own that a test can make bad. */
export class BesiegedConsortium implements AsyncDisposable {
  readonly #sites = new Map<string, Site>()
  readonly #workDir: string
  readonly #burners: ChildProcess[] = []
  readonly #parted = new Map<string, NodeJS.Timeout>()

  private constructor(workDir: string) {
    this.#workDir = workDir
  }

  static async found(
    workDir: string,
    options: readonly SiteOptions[],
    contributions: number,
    patienceMs: number,
    charter: Partial<CharterOptions> = {},
  ): Promise<BesiegedConsortium> {
    const consortium = new BesiegedConsortium(workDir)
    const sites = options.map(({ name }) => ({ name, data: join(workDir, 'data', name) }))
    for (const { name, data } of sites) await writeTinySite(data, [10, 9, 8], name)
    const peers = await foundDemo(sites, {
      workDir,
      backbone: TINY_BACKBONE,
      charter: {
        name: 'besieged',
        classes: TINY_CLASSES,
        imageSize: 16,
        adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'B', seed: 'besieged' },
        contributionsPerTask: contributions,
        training: { epochs: 2, batchSize: 8, learningRate: 1e-2 },
        floors: { samples: 4, perClass: 1 },
        ...charter,
      },
      threads: 1,
      trainFraction: 0.7,
      splitSeed: 'besieged',
      patienceMs,
    })
    let first: string | undefined
    for (const [at, { name, home }] of peers.entries()) {
      const { peer } = await openIdentity(homePaths(home))
      const isRelayed = options[at]?.relayed === true
      const port = await freePort()
      const proxy = isRelayed ? undefined : await TcpProxy.to(port)
      await changeConfig(home, {
        mdns: false,
        peers: first === undefined ? [] : [first],
        ...(proxy === undefined
          ? { reachable: 'no', listen: [] }
          : { listen: [`/ip4/127.0.0.1/tcp/${port}`], announce: [`/ip4/127.0.0.1/tcp/${proxy.port}`] }),
        ...(at === 0 ? { relay: { serve: true } } : {}),
      })
      first ??= `/ip4/127.0.0.1/tcp/${proxy!.port}/p2p/${peer}`
      consortium.#sites.set(name, { name, home, peer, proxy, lines: [], process: undefined, end: undefined })
    }
    return consortium
  }

  start(name: string): void {
    const site = this.#site(name)
    const args = ['run', '--home', site.home, '--json']
    site.process = new PeerProcess({ name, program: PROGRAM, args, onLine: (line) => site.lines.push(line) })
    site.end = undefined
    site.process.failure().catch((error: unknown) => (site.end = String(error)))
  }

  signal(name: string, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.#site(name).process!.pid!, signal)
  }

  async stop(name: string): Promise<void> {
    await this.#site(name).process!.stop(60_000)
  }

  /** Of a node that is stopped. */
  async backUp(name: string): Promise<void> {
    await cp(this.#site(name).home, this.#backupOf(name), { recursive: true })
  }

  async restore(name: string): Promise<void> {
    const { home } = this.#site(name)
    await rm(home, { recursive: true })
    await cp(this.#backupOf(name), home, { recursive: true })
  }

  /** Nothing goes to or from the node any more, whoever dialled; looks again and again, as it dials on. */
  async part(name: string): Promise<void> {
    const { process: node, proxy } = this.#site(name)
    const cut = async (): Promise<void> => {
      const own = await localPortsOf(node!.pid!)
      const isOwn = (client: Socket): boolean => own.has(client.remotePort ?? 0)
      proxy?.hold()
      for (const site of this.#sites.values()) if (site.name !== name) site.proxy?.hold(isOwn)
    }
    await cut()
    this.#parted.set(
      name,
      setInterval(() => void cut().catch(() => undefined), 100),
    )
  }

  heal(name: string): void {
    clearInterval(this.#parted.get(name))
    for (const { proxy } of this.#sites.values()) {
      proxy?.release()
      if (proxy === this.#site(name).proxy) proxy?.reset()
    }
  }

  async status(name: string): Promise<NodeStatus> {
    return (await connectControl(homePaths(this.#site(name).home))).status()
  }

  /** Through the control port, as the command line does. */
  async execute<C extends MembershipCommand>(name: string, command: C): Promise<ResultOf<C>> {
    const control = await connectControl(homePaths(this.#site(name).home))
    return (await control.execute(command)) as ResultOf<C>
  }

  peer(name: string): string {
    return this.#site(name).peer
  }

  /** What the process said when it ended; undefined while it runs. */
  end(name: string): string | undefined {
    return this.#site(name).end
  }

  lines<T extends PeerLine['type']>(name: string, type: T): Extract<PeerLine, { type: T }>[] {
    return this.#site(name).lines.filter((line) => line.type === type) as Extract<PeerLine, { type: T }>[]
  }

  async said(name: string, type: PeerLine['type'], times: number, deadlineMs: number): Promise<void> {
    const found = (): true | undefined => (this.lines(name, type).length >= times ? true : undefined)
    await waitFor(`${name} says ${type} ${times} times`, deadlineMs, found)
  }

  /** So many processes that do nothing, as fast as they can. */
  burn(count: number): void {
    for (let i = 0; i < count; i++) this.#burners.push(spawn(process.execPath, ['-e', 'for (;;);']))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const burner of this.#burners) burner.kill('SIGKILL')
    for (const timer of this.#parted.values()) clearInterval(timer)
    const running = [...this.#sites.values()].flatMap(({ process: node }) => node ?? [])
    for (const { pid } of running) resume(pid)
    await Promise.all(running.map((node) => node.stop(20_000)))
    for (const { proxy } of this.#sites.values()) await proxy?.[Symbol.asyncDispose]()
  }

  #site(name: string): Site {
    return this.#sites.get(name)!
  }

  #backupOf(name: string): string {
    return join(this.#workDir, 'backups', name)
  }
}

/** A frozen process takes no other signal. */
function resume(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGCONT')
  } catch {
    // it has ended
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function changeConfig(home: string, change: object): Promise<void> {
  const file = homePaths(home).config
  const config = JSON.parse(await readFile(file, 'utf8')) as object
  await writeFile(file, JSON.stringify({ ...config, ...change }))
}
