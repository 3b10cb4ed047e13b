/**
 * A day of a consortium in minutes:  node --import tsx test/simulation/soak.ts [--hours N] [--nodes N]
 * Nodes publish, crash, part and meet again; once an hour of virtual time the heap is measured after a full collection.
 * Ends with 1 if it grows by more than what is kept on the simulated disks explains, or if the nodes do not agree at the end.
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { hasSpread, isSame, missing, violations } from './invariants.ts'
import { soakPlan } from './plan.ts'
import { Simulation } from './simulation.ts'

const HOUR_MS = 3_600_000
/** Connections, caches and address books fill up in the first hours. */
const WARM_HOURS = 4
/** Growth an hour, of ten nodes together, that what they hold does not explain: two bytes an event. A run without a leak shows −50 to +10. */
const MAX_SLOPE_KIB = 64
/** A decoded header and its places in maps, for each contribution at each node. */
const ENTRY_BYTES = 4_096

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    nodes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
})
const hours = Number(values.hours)
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const plan = soakPlan(values.seed, Number(values.nodes), hours, 24)
const simulation = await Simulation.create(values.seed, plan, { reconcileMs: { min: 2_000, max: 5_000 } })
const { scheduler } = simulation
const start = performance.now()
const heap: number[] = []
simulation.start()
for (let hour = 1; hour <= hours; hour++) {
  await scheduler.runUntil(hour * HOUR_MS)
  collect()
  const kept = simulation.nodes.reduce(
    (sum, { disk }) => sum + 2 * disk.size + ENTRY_BYTES * disk.records.size,
    0,
  )
  heap.push((process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - kept) / 1024)
  console.log(
    `hour ${hour}: ${Math.round(heap.at(-1)! / 1024)} MiB beside what is kept, ${scheduler.events} events`,
  )
}
simulation.heal()
await scheduler.runUntil(
  scheduler.now + HOUR_MS / 6,
  () => scheduler.now > hours * HOUR_MS + 60_000 && hasSpread(simulation),
)
const problems = [
  ...missing(simulation),
  ...violations(simulation),
  ...(isSame(simulation) ? [] : ['not the same']),
]
const perHour = slope(heap.slice(WARM_HOURS))
if (perHour > MAX_SLOPE_KIB) problems.push(`the heap grows by ${Math.round(perHour)} KiB an hour`)
const seconds = Math.round((performance.now() - start) / 1000)
const published = simulation.nodes.reduce((sum, node) => sum + node.published.size, 0)
console.log(`${hours} h, ${published} contributions, ${Math.round(perHour)} KiB an hour, ${seconds} s`)
if (problems.length > 0) console.log(problems.slice(0, 10).join('\n'))
process.exit(problems.length > 0 ? 1 : 0)

/** Least squares. */
function slope(ys: readonly number[]): number {
  const middle = (ys.length - 1) / 2
  const mean = ys.reduce((sum, y) => sum + y, 0) / ys.length
  const rise = ys.reduce((sum, y, x) => sum + (x - middle) * (y - mean), 0)
  return ys.length < 2 ? 0 : rise / ys.reduce((sum, _, x) => sum + (x - middle) ** 2, 0)
}
