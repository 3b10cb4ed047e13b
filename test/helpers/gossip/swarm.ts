import type { Identity, Logger, Network, NetworkInit } from '../../../src/gossip/index.ts'
import { createNetwork, generateIdentity } from '../../../src/gossip/index.ts'
import { createRandom } from '../../../src/merge/index.ts'
import { CONSORTIUM, storePayload, TestJudge } from './contributions.ts'
import type { TestContribution } from './contributions.ts'
import { MemoryStore } from './memory-store.ts'
import { waitFor } from './wait-for.ts'

export interface TestNode {
  readonly identity: Identity
  readonly store: MemoryStore
  readonly judge: TestJudge
  readonly network: Network
  readonly rejected: { id: string | null; reason: string; from: string }[]
}

export interface NodeOptions extends Partial<NetworkInit> {
  readonly store?: MemoryStore
  readonly judge?: TestJudge
  readonly start?: boolean
}

const verbose = process.env.PEERMERGE_TEST_LOG !== undefined

/** Silent unless PEERMERGE_TEST_LOG is set; keeps what only a person could mend. */
export function testLogger(name: string, errors: string[] = []): Logger {
  const log = (level: string) => (fields: object, message: string) => {
    if (level === 'error') errors.push(message)
    if (verbose) console.error(level, name.slice(-6), message, fields)
  }
  return { error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') }
}

/** A consortium on loopback TCP in this process. Disposing stops every node. */
export class Swarm implements AsyncDisposable {
  readonly nodes: TestNode[] = []
  readonly members = new Set<string>()
  readonly errors: string[] = []

  async identity(isMember = true): Promise<Identity> {
    const identity = await generateIdentity()
    if (isMember) this.members.add(identity.peer)
    return identity
  }

  /** Makes a node and starts it unless told otherwise. */
  async node(options: NodeOptions = {}): Promise<TestNode> {
    const identity = options.identity ?? (await this.identity())
    const store = options.store ?? new MemoryStore()
    const judge = options.judge ?? new TestJudge(store)
    const random = createRandom(`swarm ${this.nodes.length}`)
    const network = await createNetwork({
      consortium: CONSORTIUM,
      isMember: (peer) => this.members.has(peer),
      random: () => random.uniform(),
      logger: testLogger(identity.peer, this.errors),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      reconcileMs: { min: 200, max: 400 },
      ...options,
      identity,
      store,
      judge,
    })
    const node: TestNode = { identity, store, judge, network, rejected: [] }
    network.events.on('rejected', (id, reason, from) => node.rejected.push({ id, reason, from }))
    this.nodes.push(node)
    if (options.start !== false) await network.start()
    return node
  }

  /** Nodes of which each knows the address of the first alone. */
  async star(count: number, options: NodeOptions = {}): Promise<TestNode[]> {
    const first = await this.node(options)
    const others = []
    for (let i = 1; i < count; i++) {
      others.push(await this.node({ ...options, bootstrap: first.network.addresses() }))
    }
    return [first, ...others]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(({ network }) => network.stop()))
  }
}

export async function publish(node: TestNode, contribution: TestContribution): Promise<void> {
  await storePayload(node.store, contribution)
  await node.network.publish(contribution.envelope)
}

export async function allHold(
  nodes: readonly TestNode[],
  ids: readonly string[],
  deadlineMs?: number,
): Promise<void> {
  const wanted = [...ids].sort().join()
  await waitFor(
    `all ${nodes.length} hold ${ids.length}`,
    () => nodes.every(({ store }) => store.admitted().join() === wanted),
    deadlineMs,
  )
}

export async function allConnected(nodes: readonly TestNode[], deadlineMs?: number): Promise<void> {
  const names = new Set(nodes.map(({ network }) => network.peer))
  const met = ({ network }: TestNode): number =>
    new Set(network.connections().flatMap(({ peer }) => (names.has(peer) ? [peer] : []))).size
  const isMet = (node: TestNode): boolean => met(node) === nodes.length - 1
  await waitFor(`all ${nodes.length} are connected`, () => nodes.every(isMet), deadlineMs)
}
