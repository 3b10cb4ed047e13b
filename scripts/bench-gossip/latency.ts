import { makeContribution } from '../../test/helpers/gossip/contributions.ts'
import { MemoryStore } from '../../test/helpers/gossip/memory-store.ts'
import { Swarm, type TestNode } from '../../test/helpers/gossip/swarm.ts'
import { waitFor } from '../../test/helpers/gossip/wait-for.ts'
import { quantile } from './measure.ts'
import { RawHosts } from './raw-hosts.ts'

export interface LatencyResult {
  readonly nodes: number
  readonly messages: number
  /** From publishing to the header being kept at a node. Milliseconds, over all nodes and messages. */
  readonly ours: Quantiles
  /** From publishing the same bytes to bare gossipsub's message event. */
  readonly bare: Quantiles
}

interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** So many connections a node has at least; all to all costs more handshakes than a benchmark has time for. */
const LINKS = 6

class ToldStore extends MemoryStore {
  onKept: (id: string) => unknown = () => undefined

  override putEnvelope(id: string, envelope: Uint8Array): Promise<void> {
    this.onKept(id)
    return super.putEnvelope(id, envelope)
  }
}

/** How long an announcement takes to reach everybody, beside bare gossipsub with the same options, size and links. */
export async function latency(nodeCount: number, messages: number): Promise<LatencyResult> {
  await using raw = await RawHosts.start(nodeCount, LINKS)
  await using swarm = new Swarm()
  const nodes = await started(swarm, nodeCount)
  const [ours, bare]: [number[], number[]] = [[], []]
  for (let i = 0; i < messages; i++) {
    const author = nodes[i % nodeCount]!
    const { envelope, id } = await makeContribution(author.identity, { sequence: i + 1, size: 200 })
    ours.push(...(await announced(nodes, author, id, envelope)))
    bare.push(...(await raw.published(i % nodeCount, envelope)))
  }
  return { nodes: nodeCount, messages, ours: quantiles(ours), bare: quantiles(bare) }
}

async function started(swarm: Swarm, count: number): Promise<TestNode[]> {
  const nodes: TestNode[] = []
  for (let i = 0; i < count; i++) {
    const bootstrap = nodes.slice(-LINKS).flatMap(({ network }) => network.addresses().slice(0, 1))
    nodes.push(await swarm.node({ store: new ToldStore(), bootstrap, reconcileMs: { min: 1e9, max: 2e9 } })) // gossip alone is measured
  }
  const isMet = ({ network }: TestNode): boolean => network.connections().length >= Math.min(LINKS, count - 1)
  await waitFor('all are connected', () => nodes.every(isMet), 180_000)
  await new Promise((resolve) => setTimeout(resolve, 5_000)) // the mesh forms with gossipsub's heartbeats
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
