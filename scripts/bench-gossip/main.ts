/** Benchmarks of the network on loopback, each beside a named peer in the same process and in turn; `--help` says which. */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { HeliaSwarm } from './helia.ts'
import { latency } from './latency.ts'
import { progress } from './measure.ts'
import { memory } from './memory.ts'
import { RawHosts } from './raw-hosts.ts'
import { benchReconcile } from './reconcile.ts'
import { spread, type Opponent, type SpreadResult } from './spread.ts'

const HELP = `npm run bench:gossip -- [PART …] [options]

  spread     every node publishes a payload and all must hold all, beside the same transfers as raw libp2p streams
  faults     the same while holders break off 5 % of the chunk requests
  helia      as spread, beside Helia's bitswap in a process of its own; needs --helia
  latency    announcements until the header is kept, beside bare gossipsub with the same options, bytes and links
  memory     resident memory of idle nodes, in processes of their own
  reconcile  bytes to find what differs between two sets, beside full lists

Options
  --rounds N       of spread, faults and helia, after one to warm up [3]
  --nodes N        of the same [10]; of latency, several: 10,50,100
  --mebibytes N    of a payload [5]
  --messages N     of latency [30]
  --helia DIR      where helia, @helia/unixfs and blockstore-core are installed
  --node PATH      a Node that Helia supports, 22.19 or newer [this one]
  --json           one line of JSON for each part
  --help

Examples
  npm run bench:gossip -- spread --rounds 9
  npm run bench:gossip -- helia --helia ~/helia --node ~/node-22/bin/node
  npm run bench:gossip -- latency --nodes 10,50 --json

A busy machine stretches times: read ratios, and the load beside them.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    nodes: { type: 'string' },
    mebibytes: { type: 'string', default: '5' },
    messages: { type: 'string', default: '30' },
    helia: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const payloadBytes = Number(values.mebibytes) * 2 ** 20
const nodes = Number(values.nodes ?? 10)

const parts: Record<string, () => unknown> = {
  spread: async () => spreadBeside(await RawHosts.start(nodes), 0),
  faults: async () => spreadBeside(await RawHosts.start(nodes), 0.05),
  helia: async () => {
    if (values.helia === undefined) return 'left out: say where Helia is installed with --helia DIR'
    const { helia: folder, node } = values
    return spreadBeside(await HeliaSwarm.start({ folder, node, nodes, payloadBytes }), 0)
  },
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

async function spreadBeside(opponent: Opponent, faults: number): Promise<SpreadResult> {
  await using other = opponent
  return await spread({ nodes, payloadBytes, rounds, faults }, other)
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

// libp2p drops a promise when a ping is reset on a machine that is busy enough; the transfers tell of their own failures
process.on('unhandledRejection', (thrown) => {
  const { error } = thrown as { error?: unknown }
  progress(`a promise that nobody waits for: ${String(error ?? thrown)}`)
})

if (values.help) console.log(HELP)
else await main()
