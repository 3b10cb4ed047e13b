/**
 * Benchmarks of the network on loopback, each beside a named peer in the same process and in turn:
 *   npm run bench:gossip -- [spread] [faults] [latency] [memory] [reconcile] [--rounds N] [--nodes N]
 *     [--mebibytes N] [--json]
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { benchReconcile } from './reconcile.ts'
import { spread } from './spread.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    nodes: { type: 'string', default: '10' },
    mebibytes: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const nodes = Number(values.nodes)
const payloadBytes = Number(values.mebibytes) * 2 ** 20

const parts: Record<string, () => Promise<unknown>> = {
  spread: () => spread({ nodes, payloadBytes, rounds, faults: 0 }),
  faults: () => spread({ nodes, payloadBytes, rounds, faults: 0.05 }),
  latency: async () => {
    const results = []
    for (const count of [10, 50, 100]) results.push(await latency(count, 30))
    return results
  },
  memory: () => Promise.resolve(memory()),
  reconcile: () => Promise.resolve(benchReconcile()),
}

for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  const part = parts[name]
  if (part === undefined) throw new Error(`no such part: ${name}; there are ${Object.keys(parts).join(', ')}`)
  const result = await part()
  const load = loadavg()[0]!.toFixed(1)
  if (values.json) console.log(JSON.stringify({ part: name, load, result }))
  else {
    console.log(`${name} (load ${load})`)
    console.log(result)
  }
}
