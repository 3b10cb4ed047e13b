/**
 * Nodes on loopback in one process; each publishes one payload, all must hold all:
 *   npx tsx scripts/bench-gossip.ts [nodes] [MiB per payload] [--json]
 * `moved / ideal` is the payload bytes that crossed the network over those that had to.
 */
import { makeContribution } from '../test/helpers/gossip/contributions.ts'
import { allConnected, allHold, publish, Swarm } from '../test/helpers/gossip/swarm.ts'

const numbers = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
const nodeCount = Number(numbers[0] ?? 10)
const mebibytes = Number(numbers[1] ?? 5)

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return Math.round(performance.now() - start)
}

await using swarm = new Swarm()
const nodes = await swarm.star(nodeCount, { reconcileMs: { min: 2_000, max: 5_000 } })
const connectMs = await timed(() => allConnected(nodes, 120_000))
const size = Math.round(mebibytes * 2 ** 20)
const contributions = await Promise.all(nodes.map(({ identity }) => makeContribution(identity, { size })))
const received = (): number => nodes.reduce((sum, { network }) => sum + network.traffic().bytesReceived, 0)
const before = received()
const cpuBefore = process.cpuUsage()
const spreadMs = await timed(async () => {
  await Promise.all(nodes.map((node, i) => publish(node, contributions[i]!)))
  const ids = contributions.map(({ id }) => id)
  await allHold(nodes, ids, 300_000)
})
const { user, system } = process.cpuUsage(cpuBefore)
const ideal = nodeCount * (nodeCount - 1) * size
const result = {
  nodes: nodeCount,
  payloadMiB: mebibytes,
  connectMs,
  spreadMs,
  cpuMs: Math.round((user + system) / 1000),
  movedOverIdeal: Number(((received() - before) / ideal).toFixed(3)),
  mebibytesPerSecond: Math.round(ideal / 2 ** 20 / (spreadMs / 1000)),
  peakResidentMiB: Math.round(process.resourceUsage().maxRSS / 1024),
}
if (process.argv.includes('--json')) console.log(JSON.stringify(result))
else console.table(result)
