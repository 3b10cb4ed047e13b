/** Benchmarks of the network on loopback, each beside a named peer in the same process and in turn; `--help` says which. */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { latency } from './latency.ts'
import { progress } from './measure.ts'
import { memory } from './memory.ts'
import { benchReconcile } from './reconcile.ts'
import { spread } from './spread.ts'

const HELP = `npm run bench:gossip -- [PART …] [options]

  spread     every node publishes a payload and all must hold all, beside the same transfers as raw libp2p streams
  faults     the same while holders break off 5 % of the chunk requests
  latency    announcements until the header is kept, beside bare gossipsub with the same options, bytes and links
  memory     resident memory of idle nodes, in processes of their own
  reconcile  bytes to find what differs between two sets, beside full lists

Options
  --rounds N       of spread and faults, after one to warm up [3]
  --nodes N        of spread and faults [10]; of latency, several: 10,50,100
  --mebibytes N    of a payload [5]
  --messages N     of latency [30]
  --json           one line of JSON for each part
  --help

Examples
  npm run bench:gossip -- spread --rounds 9
  npm run bench:gossip -- latency --nodes 10,50 --json

A busy machine stretches times: read ratios, and the load beside them.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    nodes: { type: 'string' },
    mebibytes: { type: 'string', default: '5' },
    messages: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const payloadBytes = Number(values.mebibytes) * 2 ** 20
const nodes = Number(values.nodes ?? 10)

const parts: Record<string, () => unknown> = {
  spread: () => spread({ nodes, payloadBytes, rounds, faults: 0 }),
  faults: () => spread({ nodes, payloadBytes, rounds, faults: 0.05 }),
  latency: async () => {
    const results = []
    for (const count of (values.nodes ?? '10,50,100').split(',').map(Number)) {
      results.push(await latency(count, Number(values.messages)))
    }
    return results
  },
  memory,
  reconcile: benchReconcile,
}

async function main(): Promise<void> {
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const part = parts[name]
    if (part === undefined)
      throw new Error(`no such part: ${name}; there are ${Object.keys(parts).join(', ')}`)
    progress(`${name} …`)
    const result = await part()
    const load = loadavg()[0]!.toFixed(1)
    if (values.json) console.log(JSON.stringify({ part: name, load, result }))
    else console.log(`${name} (load ${load})`, result)
  }
}

if (values.help) console.log(HELP)
else await main()
