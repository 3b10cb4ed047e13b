import { FULL_MESH_PEERS, TARGET_CONNECTIONS } from '../../src/gossip/constants.ts'
import { makeContribution } from '../../test/helpers/gossip/contributions.ts'
import { MemoryStore } from '../../test/helpers/gossip/memory-store.ts'
import { Swarm, type TestNode } from '../../test/helpers/gossip/swarm.ts'
import { waitFor } from '../../test/helpers/gossip/wait-for.ts'
import { progress, quantile } from './measure.ts'
import { RawHosts } from './raw-hosts.ts'

export interface LatencyResult {
  readonly nodes: number
  readonly messages: number
  /** From publishing to the header being kept at a node. Milliseconds, over all nodes and messages. */
  readonly ours: Quantiles
  /** From publishing the same bytes to bare gossipsub's message event. */
  readonly bare: Quantiles
  readonly p99Ratio: number
}

interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** The mesh forms with gossipsub's heartbeats, one a second. */
const MESH_MS = 5_000
const PATIENCE_MS = 300_000

/** As many as a node dials itself: all in a small consortium, half of TARGET_CONNECTIONS in a larger one, as each link has two ends. */
function links(nodeCount: number): number {
  return nodeCount <= FULL_MESH_PEERS ? nodeCount - 1 : TARGET_CONNECTIONS / 2
}

class ToldStore extends MemoryStore {
  onKept: (id: string) => unknown = () => undefined

  override putEnvelope(id: string, envelope: Uint8Array): Promise<void> {
    this.onKept(id)
    return super.putEnvelope(id, envelope)
  }
}

/**
 * How long an announcement takes to reach everybody, and then, in the same process, the same bytes by bare gossipsub with the same
 * options and about as many links. One after the other: with both running, a process of two hundred hosts has no time to spare.
 */
export async function latency(nodeCount: number, messages: number): Promise<LatencyResult> {
  const { envelopes, times: ours } = await swarmTimes(nodeCount, messages)
  const bare = await bareTimes(nodeCount, envelopes)
  const ratio = quantile(ours, 0.99) / quantile(bare, 0.99)
  const [p99, bareP99] = [ours, bare].map((times) => Math.round(quantile(times, 0.99)))
  progress(`${nodeCount} nodes: p99 ${p99} ms, bare gossipsub ${bareP99} ms, ratio ${ratio.toFixed(2)}`)
  return { nodes: nodeCount, messages, ours: quantiles(ours), bare: quantiles(bare), p99Ratio: ratio }
}

interface SwarmTimes {
  readonly envelopes: readonly Uint8Array[]
  readonly times: readonly number[]
}

async function swarmTimes(nodeCount: number, messages: number): Promise<SwarmTimes> {
  await using swarm = new Swarm()
  const nodes = await started(swarm, nodeCount)
  progress(`${nodeCount} nodes are connected`)
  const [envelopes, times]: [Uint8Array[], number[]] = [[], []]
  for (let i = 0; i < messages; i++) {
    const author = nodes[i % nodeCount]!
    const { envelope, id } = await makeContribution(author.identity, { sequence: i + 1, size: 200 })
    envelopes.push(envelope)
    times.push(...(await announced(nodes, author, id, envelope)))
  }
  return { envelopes, times }
}

async function bareTimes(nodeCount: number, envelopes: readonly Uint8Array[]): Promise<number[]> {
  await using raw = await RawHosts.start(nodeCount, links(nodeCount))
  progress(`${nodeCount} bare hosts are connected`)
  await new Promise((resolve) => setTimeout(resolve, MESH_MS))
  const times = []
  for (const [i, envelope] of envelopes.entries()) {
    times.push(...(await raw.published(i % nodeCount, envelope)))
  }
  return times
}

async function started(swarm: Swarm, count: number): Promise<TestNode[]> {
  const nodes: TestNode[] = []
  for (let i = 0; i < count; i++) {
    const bootstrap = nodes.slice(-links(count)).flatMap(({ network }) => network.addresses().slice(0, 1))
    nodes.push(await swarm.node({ store: new ToldStore(), bootstrap, reconcileMs: { min: 1e9, max: 2e9 } })) // gossip alone is measured
  }
  const isMet = ({ network }: TestNode): boolean => network.connections().length >= links(count)
  await waitFor('all are connected', () => nodes.every(isMet), PATIENCE_MS)
  await new Promise((resolve) => setTimeout(resolve, MESH_MS))
  return nodes
}

async function announced(
  nodes: readonly TestNode[],
  author: TestNode,
  id: string,
  envelope: Uint8Array,
): Promise<number[]> {
  const times = new Map<TestNode, number>()
  for (const node of nodes) {
    if (node.store instanceof ToldStore)
      node.store.onKept = (kept) => kept === id && times.set(node, performance.now())
  }
  const start = performance.now()
  await author.network.publish(envelope)
  await waitFor('all have heard', () => times.size === nodes.length, 60_000).catch(() => undefined)
  return nodes.flatMap((node) => (node === author ? [] : [(times.get(node) ?? Infinity) - start]))
}

function quantiles(values: readonly number[]): Quantiles {
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), p99: quantile(values, 0.99) }
}
