// What one contribution weighs with every method: tensors of its payload by the layouts that writer and reader share, nothing measured:
//   npm run bench:bytes
// Prints a table of docs/performance.md.
import Table from 'cli-table3'
import { expectedTensors, phaseSpec } from '../src/merge/index.ts'
import type { MergeSpec, TargetModule } from '../src/merge/index.ts'
import { tensorBytes } from '../src/merge/format/tensor-layout.ts'
import { mergeSpec, type MergeWay } from '../src/node/experiment/run/merge-spec.ts'
import { bytes } from '../src/node/units.ts'

const LAYERS = 12
const [D, MLP, RANK, CLASSES] = [768, 3072, 16, 100]

/** Query, key and value read the same inputs, so that one Gram serves all three. */
function modules(targets: readonly string[]): TargetModule[] {
  return Array.from({ length: LAYERS }, (_, layer) => {
    const at = (name: string, inputs: number, out: number): TargetModule => {
      const shares = ['key', 'value'].includes(name) ? { input: `layer.${layer}.query` } : {}
      return { name: `layer.${layer}.${name}`, in: inputs, out, ...shares }
    }
    const all = [at('query', D, D), at('key', D, D), at('value', D, D), at('output', D, D), at('up', D, MLP), at('down', MLP, D)] // prettier-ignore
    return all.filter(({ name }) => targets.includes(name.split('.').at(-1)!))
  }).flat()
}

const lora = (trains: 'A' | 'B' | 'AB') =>
  ({ kind: 'lora', rank: RANK, alpha: 16, trains, seed: 'bench' }) as const
const ravan = { kind: 'ravan', heads: 4, rank: RANK, alpha: 2, seed: 'bench' } as const
const counts = { rule: 'counts' } as const

interface Way {
  readonly name: string
  readonly way: MergeWay
  /** One phase of rounds of B and A. */
  readonly phase?: 'A' | 'B'
  readonly factors?: 'F16'
}

const published = { adapter: lora('AB'), rule: 'regmean', head: counts } as const
const WAYS: readonly Way[] = [
  { name: 'lorm-paper, B: diagonals', way: { ...published, grams: { form: 'diagonal' } }, phase: 'B' },
  { name: 'lorm, lorm-b, B: A G Aᵀ', way: { adapter: lora('B'), rule: 'lorm', head: counts } },
  { name: 'the same, B in half precision', way: { adapter: lora('B'), rule: 'lorm', head: counts }, factors: 'F16' },
  { name: 'lorm, A: 16 eigenpairs', way: { ...published, grams: { form: 'top-k', k: 16 } }, phase: 'A' },
  { name: 'fedavg: A and B', way: { adapter: lora('AB'), rule: 'mean', head: counts } },
  { name: 'ffa: B', way: { adapter: lora('B'), rule: 'mean', head: counts } },
  { name: 'regmean: A, B, 16 eigenpairs', way: { adapter: lora('AB'), rule: 'regmean', grams: { form: 'top-k', k: 16 }, head: counts } },
  { name: 'ravan-mean: 4 heads', way: { adapter: ravan, rule: 'mean', head: counts } },
  { name: 'ravan: 4 heads, their Grams', way: { adapter: ravan, rule: 'ravan', head: counts } },
] // prettier-ignore

/** LoRM as published with whole Grams: B and an XᵀX of every adapted layer, in float32. */
function wholeGrams(targets: readonly TargetModule[]): number {
  return targets.reduce((sum, { in: inputs, out }) => sum + 4 * (inputs * inputs + out * RANK), 0)
}

function adapterBytes({ way, phase, factors }: Way, targets: readonly TargetModule[]): number {
  const ground = { modules: targets, classes: Array.from({ length: CLASSES }, (_, c) => `class ${c}`), features: D } // prettier-ignore
  const plain = mergeSpec(ground, way)
  const whole = factors === undefined ? plain : { ...plain, wire: { factors, grams: 'F32' as const } }
  const spec: MergeSpec =
    phase === undefined ? whole : phaseSpec(whole, phase, { A: way.grams!, B: way.grams! })
  const layouts = [...expectedTensors(spec, 'adapter')].filter(([name]) => !name.startsWith('classifier/'))
  return tensorBytes(new Map(layouts))
}

const TARGETS = [['query', 'value'], ['query', 'key', 'value', 'output', 'up', 'down']] // prettier-ignore
const table = new Table({
  head: ['method, phase', 'query and value', 'of whole Grams', 'all linear layers', 'of whole Grams'],
})
const columns = TARGETS.map((names) => {
  const targets = modules(names)
  return { whole: wholeGrams(targets), each: WAYS.map((way) => adapterBytes(way, targets)) }
})
table.push(['LoRM with whole Grams', ...columns.flatMap(({ whole }) => [bytes(whole), '100 %'])])
WAYS.forEach(({ name }, row) => {
  const cells = columns.flatMap(({ whole, each }) => [bytes(each[row]!), `${((100 * each[row]!) / whole).toFixed(2)} %`]) // prettier-ignore
  table.push([name, ...cells])
})
const statistics = 4 * (((D + 1) * (D + 2)) / 2 + (D + 1) * CLASSES)
console.log(`ViT-B/16, rank ${RANK}, ${CLASSES} classes: factors and Grams of one contribution`)
console.log(table.toString())
console.log(
  `besides: rows of the classifier ${bytes(4 * CLASSES * (D + 1))}, or its statistics ${bytes(statistics)}, once`,
)
