import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CharterOptions } from '../../../src/node/build-charter.ts'
import { connectControl } from '../../../src/node/control-client.ts'
import { PeerProcess, type PeerLine } from '../../../src/node/demo/peer-process.ts'
import { homePaths } from '../../../src/node/home.ts'
import { executeAtHome } from '../../../src/node/membership/execute-at-home.ts'
import type { MembershipCommand, ResultOf } from '../../../src/node/membership/execute-command.ts'
import { joinByTicket, type JoinOptions } from '../../../src/node/membership/join-by-ticket.ts'
import type { JoinStep } from '../../../src/node/membership/join-step.ts'
import { createSite, type SiteOptions, type SiteSetup } from '../../../src/node/site-setup.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import { TINY_BACKBONE, TINY_CLASSES, writeTinySite } from '../tiny-sites.ts'
import { PROGRAM } from './run-program.ts'
import { waitFor } from '../wait-for.ts'

/** Machines that run tests may have more to do than cores. */
export const DEADLINE_MS = 90_000

/** Homes of sites in one directory, and the node processes that run them. */
export class TestConsortium implements AsyncDisposable {
  readonly #dir: string
  readonly #running = new Map<string, PeerProcess>()
  readonly #lines = new Map<string, PeerLine[]>()

  private constructor(dir: string) {
    this.#dir = dir
  }

  static async open(): Promise<TestConsortium> {
    const dir = await mkdtemp(join(tmpdir(), 'peermerge-consortium-'))
    await writeTinySite(join(dir, 'data'), [8, 8, 8], 'consortium')
    return new TestConsortium(dir)
  }

  home(name: string): string {
    return join(this.#dir, name)
  }

  site(name: string, changes: Partial<SiteOptions> = {}): SiteOptions {
    return {
      home: this.home(name),
      site: name,
      backbone: TINY_BACKBONE,
      data: join(this.#dir, 'data'),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      peers: [],
      threads: 1,
      ...changes,
    }
  }

  create(
    name: string,
    charter: Partial<CharterOptions> = {},
    site: Partial<SiteOptions> = {},
  ): Promise<SiteSetup> {
    return createSite(this.site(name, site), {
      name: 'test consortium',
      classes: TINY_CLASSES,
      members: [],
      imageSize: 16,
      adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'B', seed: 'consortium' },
      contributionsPerTask: 1,
      training: { epochs: 1, batchSize: 8, learningRate: 1e-2 },
      floors: { samples: 4, perClass: 1 },
      ...charter,
    })
  }

  /** Starts the node process of a home and waits until it listens. */
  async run(name: string): Promise<void> {
    const lines: PeerLine[] = []
    this.#lines.set(name, lines)
    const args = ['run', '--home', this.home(name), '--json']
    const node = new PeerProcess({ name, program: PROGRAM, args, onLine: (line) => lines.push(line) })
    this.#running.set(name, node)
    await this.said(name, (line) => line.type === 'started')
  }

  /** The first line that a node has said of which this holds. */
  said(name: string, holds: (line: PeerLine) => boolean): Promise<PeerLine> {
    const find = (): PeerLine | undefined => this.#lines.get(name)?.find(holds)
    const failure = this.#running.get(name)!.failure()
    return Promise.race([waitFor(`${name} says something`, DEADLINE_MS, find), failure])
  }

  async stop(name: string): Promise<void> {
    await this.#running.get(name)?.stop()
    this.#running.delete(name)
  }

  ended(name: string): Promise<never> {
    return this.#running.get(name)!.failure()
  }

  do<C extends MembershipCommand>(name: string, command: C): Promise<ResultOf<C>> {
    return executeAtHome(homePaths(this.home(name)), command)
  }

  async ticket(name: string, uses = 1, expiresMs = 3_600_000): Promise<string> {
    return (await this.do(name, { command: 'invite', uses, expiresMs, addresses: [] })).ticket
  }

  join(
    name: string,
    ticket: string,
    options: Partial<JoinOptions> & { readonly signal?: AbortSignal } = {},
  ): Promise<SiteSetup> {
    const { signal = AbortSignal.timeout(DEADLINE_MS), ...rest } = options
    return joinByTicket({ ticket, site: this.site(name), onStep: () => undefined, ...rest }, { signal })
  }

  async status(name: string): Promise<NodeStatus> {
    return (await connectControl(homePaths(this.home(name)))).status()
  }

  /** Waits until the members that this site knows are these. */
  async sees(name: string, members: readonly string[]): Promise<void> {
    const wanted = [...members].sort().join()
    await waitFor(`${name} sees ${wanted}`, DEADLINE_MS, async () => {
      const report = await this.do(name, { command: 'members' })
      const present = report.members.filter(({ role }) => role !== 'former').map((one) => one.name)
      return present.sort().join() === wanted || undefined
    })
  }

  async connected(name: string, members: readonly string[]): Promise<void> {
    const wanted = [...members].sort().join()
    await waitFor(`${name} is connected with ${wanted}`, DEADLINE_MS, async () => {
      const { members: all } = await this.status(name)
      const there = all.filter(({ connected }) => connected).map((one) => one.name)
      return there.sort().join() === wanted || undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map((one) => one.stop()))
    await rm(this.#dir, { recursive: true, force: true })
  }
}

/** Resolves with the first step of a kind. */
export function stepWatch(type: JoinStep['type']): {
  onStep: (step: JoinStep) => void
  seen: Promise<JoinStep>
} {
  const { promise, resolve } = Promise.withResolvers<JoinStep>()
  return { onStep: (step) => step.type === type && resolve(step), seen: promise }
}
