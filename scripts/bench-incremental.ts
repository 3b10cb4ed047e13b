// Cost of one contribution more or less in a merge of 256, which are held in memory, so that reading them costs nothing:
//   node --import tsx scripts/bench-incremental.ts [--json] [--peers N] [--runs N]
// Merged anew in ordered and in exact sums, and updated from kept exact sums, in turn; medians of processor time.
import { parseArgs } from 'node:util'
import {
  createRandom,
  expectedTensors,
  incrementalMerge,
  mergeContributions,
  packedLength,
  sha256Hex,
  validateMergeSpec,
  type ContributionKind,
  type ContributionView,
  type MergeSpec,
  type Random,
  type Tensor,
} from '../src/merge/index.ts'
import { benchHeader, CHARTER } from './bench-header.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    peers: { type: 'string', default: '256' },
    runs: { type: 'string', default: '5' },
  },
})

const CLASSES = 10
const LORA_A = { kind: 'lora', rank: 8, alpha: 8, trains: 'A', seed: 'bench' } as const
const CASES: readonly (readonly [string, Partial<MergeSpec>, layers: number])[] = [
  ['mean, q and v, rank 8', { rule: 'mean' }, 12],
  ['lorm, q and v, rank 8', {}, 12],
  [
    'ravan, q and v, 4 heads of rank 8, analytic classifier',
    {
      rule: 'ravan',
      adapter: { kind: 'ravan', heads: 4, rank: 8, alpha: 2, seed: 'bench' },
      classifier: { rule: 'analytic', features: 'frozen', ridge: 1e-2 },
    },
    12,
  ],
  ['lorm on A, full Grams of 192', { adapter: LORA_A, grams: { form: 'full' }, ridge: 1e-4 }, 2],
]

function makeSpec(changes: Partial<MergeSpec>, layers: number): MergeSpec {
  const modules = Array.from({ length: layers }, (_, layer) =>
    ['query', 'value'].map((name) => ({ name: `layer.${layer}.${name}`, in: 192, out: 192 })),
  ).flat()
  return validateMergeSpec({
    kernel: 1,
    adapter: { kind: 'lora', rank: 8, alpha: 8, trains: 'B', seed: 'bench' },
    modules,
    rule: 'lorm',
    ridge: 1e-6,
    sums: 'exact',
    decay: 1,
    classes: Array.from({ length: CLASSES }, (_, c) => `class ${c}`),
    features: 192,
    classifier: { rule: 'counts' },
    floors: { samples: 16, perClass: 4 },
    limits: { maxCount: 100_000, maxAbs: 1e4, maxGenerationLead: 8 },
    ...changes,
  })
}

/** Diagonally dominant: positive definite without summing rows. */
function plausibleGram(random: Random, length: number): Float32Array {
  const data = Float32Array.from({ length }, () => random.normal())
  for (let i = 0; packedLength(i + 1) <= length; i++) data[packedLength(i + 1) - 1] = 2000 + random.uniform()
  return data
}

function makeTensor(random: Random, name: string, shape: readonly number[]): Tensor {
  const length = shape.reduce((product, size) => product * size, 1)
  if (!name.includes('gram')) return { shape, data: Float32Array.from({ length }, () => random.normal()) }
  const [blocks, size] = shape.length === 2 ? [shape[0]!, shape[1]!] : [1, length]
  const data = new Float32Array(length)
  for (let b = 0; b < blocks; b++) data.set(plausibleGram(random, size), b * size)
  return { shape, data }
}

function makeView(spec: MergeSpec, peer: number, kind: ContributionKind): ContributionView {
  const random = createRandom(`${kind} ${peer}`)
  const tensors = new Map(
    [...expectedTensors(spec, kind)].map(([name, { shape }]) => [name, makeTensor(random, name, shape)]),
  )
  return {
    id: sha256Hex(new TextEncoder().encode(`${kind} ${peer}`)),
    header: benchHeader(spec, peer, kind, 210, { digest: CHARTER, size: 0, chunks: [] }),
    has: (name) => tensors.has(name),
    tensor: (name) => tensors.get(name)!,
    bytes: () => new Uint8Array(),
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

/** Processor time in ms, which other load disturbs less than the clock. */
function timed(work: () => unknown): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

interface Measurement {
  readonly name: string
  readonly orderedMs: number
  readonly exactMs: number
  readonly addMs: number
  readonly removeMs: number
  readonly keptMiB: number
}

function measure(name: string, changes: Partial<MergeSpec>, layers: number): Measurement {
  const spec = makeSpec(changes, layers)
  const ordered: MergeSpec = { ...spec, sums: 'ordered' }
  const kinds: ContributionKind[] = spec.classifier.rule === 'analytic' ? ['adapter', 'statistics'] : ['adapter'] // prettier-ignore
  const views = Array.from({ length: Number(options.peers) + 1 }, (_, peer) =>
    kinds.map((kind) => makeView(spec, peer, kind)),
  )
  const all = views.flat()
  const fewer = views.slice(0, -1).flat()
  const context = { charter: CHARTER }
  const kept = incrementalMerge(spec, context)
  kept.merge(fewer)
  const times = {
    ordered: [] as number[],
    exact: [] as number[],
    add: [] as number[],
    remove: [] as number[],
  }
  for (let run = 0; run < Number(options.runs); run++) {
    times.ordered.push(timed(() => mergeContributions(ordered, context, all)))
    times.exact.push(timed(() => mergeContributions(spec, context, all)))
    times.add.push(timed(() => kept.merge(all)))
    times.remove.push(timed(() => kept.merge(fewer)))
  }
  if (kept.merge(all).digests.merge !== mergeContributions(spec, context, all).digests.merge) throw new Error(`${name}: digests differ`) // prettier-ignore
  return {
    name,
    orderedMs: median(times.ordered),
    exactMs: median(times.exact),
    addMs: median(times.add),
    removeMs: median(times.remove),
    keptMiB: kept.bytes / 2 ** 20,
  }
}

const results: Measurement[] = []
for (const [name, changes, layers] of CASES) {
  const result = measure(name, changes, layers)
  results.push(result)
  const { orderedMs, exactMs, addMs, removeMs, keptMiB } = result
  const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`
  if (options.json) continue
  console.log(`${name}, ${options.peers} contributions and one`)
  console.log(`  anew: ordered ${orderedMs.toFixed(0)} ms, exact ${exactMs.toFixed(0)} ms`)
  console.log(`  one more ${addMs.toFixed(1)} ms (${share(addMs, exactMs)} of exact, ${share(addMs, orderedMs)} of ordered), one less ${removeMs.toFixed(1)} ms; kept sums ${keptMiB.toFixed(1)} MiB`) // prettier-ignore
}
if (options.json) console.log(JSON.stringify({ node: process.version, peers: Number(options.peers), results }, null, 2)) // prettier-ignore
