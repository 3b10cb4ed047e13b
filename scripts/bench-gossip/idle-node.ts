/** Run as a process of its own: so many nodes, connected to each other and idle; prints resident memory in MiB. */
import { allConnected, Swarm } from '../../test/helpers/gossip/swarm.ts'

const count = Number(process.argv[2])
await using swarm = new Swarm()
const nodes = count === 0 ? [] : await swarm.star(count, { reconcileMs: { min: 2_000, max: 5_000 } })
if (count > 1) await allConnected(nodes, 120_000)
await new Promise((resolve) => setTimeout(resolve, 8_000))
globalThis.gc?.()
console.log(Math.round(process.memoryUsage().rss / 2 ** 20))
