import type { Verdict } from '../../src/gossip/index.ts'
import {
  makeContribution,
  TestJudge,
  type TestContribution,
} from '../../test/helpers/gossip/contributions.ts'
import { MemoryStore } from '../../test/helpers/gossip/memory-store.ts'
import { allConnected, allHold, publish, Swarm, type TestNode } from '../../test/helpers/gossip/swarm.ts'
import { median, timed } from './measure.ts'
import { RawHosts } from './raw-hosts.ts'

/** The product's own. */
const RECONCILE_MS = { min: 2_000, max: 5_000 }

export interface SpreadOptions {
  readonly nodes: number
  readonly payloadBytes: number
  readonly rounds: number
  /** Share of chunk requests that the holder breaks off. */
  readonly faults: number
}

export interface SpreadResult {
  readonly oursMs: number
  readonly rawMs: number
  /** Median over the rounds of ours / raw, each pair taken one after the other. */
  readonly ratio: number
  readonly ratios: readonly number[]
  readonly oursCpuMs: number
  readonly rawCpuMs: number
  /** Bytes on the sockets, encryption and all, over payload bytes that have to move. */
  readonly movedOverIdeal: number
  /** Chunks that came a second time to a node that had them. */
  readonly chunksAgain: number
  readonly faultsInjected: number
}

/** Keeps what it is given without a copy; breaks off some of the chunk requests that it serves, before the first byte. */
class FaultyStore extends MemoryStore {
  static rate = 0
  static injected = 0

  override putChunk(digest: string, bytes: Uint8Array): Promise<void> {
    this.puts.push(digest)
    this.chunks.set(digest, bytes)
    return Promise.resolve()
  }

  override getChunk(digest: string): Promise<Uint8Array | undefined> {
    if (Math.random() >= FaultyStore.rate) return super.getChunk(digest)
    FaultyStore.injected++
    return Promise.reject(new Error('broken off on purpose'))
  }
}

/** Admits what has come: every chunk has been verified by then, as the raw streams verify theirs, and no payload is read twice. */
class TrustingJudge extends TestJudge {
  readonly #trusting: MemoryStore

  constructor(store: MemoryStore) {
    super(store)
    this.#trusting = store
  }

  override judgePayload(id: string): Promise<Verdict> {
    this.#trusting.states.set(id, 'admitted')
    return Promise.resolve({ kind: 'accept' })
  }
}

/**
 * Every node publishes one payload; time until all have verified and admitted all. Beside it, in the same process and in turn, the
 * same transfers as raw libp2p streams, all at once, each hashed as it comes.
 */
export async function spread(options: SpreadOptions): Promise<SpreadResult> {
  const { nodes: count, payloadBytes, rounds } = options
  const ideal = count * (count - 1) * payloadBytes
  await using swarm = new Swarm()
  await using raw = await RawHosts.start(count)
  const nodes = await connected(swarm, count)
  const [ours, theirs, moved]: [number[], number[], number[]] = [[], [], []]
  const cpu = { ours: [] as number[], raw: [] as number[] }
  FaultyStore.injected = 0
  for (let round = 0; round <= rounds; round++) {
    const contributions = await Promise.all(
      nodes.map(({ identity }) => makeContribution(identity, { sequence: round + 1, size: payloadBytes })),
    )
    const payloads = contributions.map(({ payload }) => payload)
    FaultyStore.rate = options.faults
    const before = received(nodes)
    const mine = await timed(() => spreadOnce(nodes, contributions))
    const bytes = received(nodes) - before
    FaultyStore.rate = 0
    const other = await timed(() => raw.transferAll(payloads))
    empty(nodes)
    if (round === 0) continue // warms up
    ours.push(mine.ms)
    theirs.push(other.ms)
    cpu.ours.push(mine.cpuMs)
    cpu.raw.push(other.cpuMs)
    moved.push(bytes / ideal)
  }
  const ratios = ours.map((ms, i) => ms / theirs[i]!)
  return {
    oursMs: median(ours),
    rawMs: median(theirs),
    ratio: median(ratios),
    ratios,
    oursCpuMs: median(cpu.ours),
    rawCpuMs: median(cpu.raw),
    movedOverIdeal: Math.max(...moved),
    chunksAgain: nodes.reduce((sum, { store }) => sum + store.puts.length - new Set(store.puts).size, 0),
    faultsInjected: FaultyStore.injected,
  }
}

async function connected(swarm: Swarm, count: number): Promise<TestNode[]> {
  const nodes: TestNode[] = []
  for (let i = 0; i < count; i++) {
    const store = new FaultyStore()
    const bootstrap = nodes[0]?.network.addresses() ?? []
    nodes.push(
      await swarm.node({ store, judge: new TrustingJudge(store), bootstrap, reconcileMs: RECONCILE_MS }),
    )
  }
  await allConnected(nodes, 120_000)
  return nodes
}

async function spreadOnce(
  nodes: readonly TestNode[],
  contributions: readonly TestContribution[],
): Promise<void> {
  await Promise.all(nodes.map((node, i) => publish(node, contributions[i]!)))
  const known = nodes[0]!.store.admitted().filter((id) => !contributions.some((made) => made.id === id))
  await allHold(nodes, [...known, ...contributions.map(({ id }) => id)], 300_000)
}

/** Bytes on the wire so far. */
function received(nodes: readonly TestNode[]): number {
  return nodes.reduce((sum, { network }) => sum + network.traffic().bytesReceived, 0)
}

/** The payloads of the last round are needed no more. */
function empty(nodes: readonly TestNode[]): void {
  for (const { store } of nodes) store.chunks.clear()
}
