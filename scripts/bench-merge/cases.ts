import { validateMergeSpec, type GramSpec, type MergeSpec } from '../../src/merge/index.ts'

/** One merge to be measured. */
export interface MergeCase {
  readonly name: string
  readonly spec: MergeSpec
  readonly peers: number
  /** Pseudo-inverses of 3072 × 3072 take the better part of a minute: once is enough. */
  readonly slowReference?: boolean
}

type Target = readonly [name: string, inputs: number, out: number]

const TINY: readonly Target[] = [
  ['query', 192, 192],
  ['value', 192, 192],
]
const BASE: readonly Target[] = [
  ['qkv', 768, 2304],
  ['proj', 768, 768],
  ['fc1', 768, 3072],
  ['fc2', 3072, 768],
]

interface Shape {
  readonly targets: readonly Target[]
  readonly layers: number
  readonly rank: number
  readonly trains?: 'A' | 'B'
  readonly grams?: GramSpec
  readonly analytic?: boolean
}

function makeSpec(
  rule: MergeSpec['rule'],
  { targets, layers, rank, trains = 'B', grams, analytic }: Shape,
): MergeSpec {
  const modules = Array.from({ length: layers }, (_, layer) =>
    targets.map(([name, inputs, out]) => ({ name: `layer.${layer}.${name}`, in: inputs, out })),
  ).flat()
  return validateMergeSpec({
    kernel: 1,
    adapter: rule === 'ravan' ? { kind: 'ravan', heads: 4, rank, alpha: 1, seed: 'bench' } : { kind: 'lora', rank, alpha: 1, trains, seed: 'bench' }, // prettier-ignore
    modules,
    rule,
    ...(grams === undefined ? {} : { grams }),
    ridge: 1e-5,
    decay: 0.5,
    classes: Array.from({ length: 7 }, (_, c) => `class ${c}`),
    features: 192,
    classifier: analytic ? { rule: 'analytic', features: 'frozen', ridge: 1e-2 } : { rule: 'counts' },
    floors: { samples: 16, perClass: 4 },
    limits: { maxCount: 100_000, maxAbs: 1e4, maxGenerationLead: 8 },
  })
}

const only = (name: string): readonly Target[] => BASE.filter(([target]) => target === name)
const tiny = { targets: TINY, layers: 12, rank: 8 }
const base = { targets: BASE, layers: 12, rank: 16 }
const full = { form: 'full' } as const

const SMALL: readonly MergeCase[] = [
  { name: 'ViT-Tiny q and v: mean, rank 8', spec: makeSpec('mean', tiny), peers: 16 },
  { name: 'ViT-Tiny q and v: LoRM B-step, rank 8', spec: makeSpec('lorm', tiny), peers: 16 },
  {
    name: 'the same with the analytic classifier',
    spec: makeSpec('lorm', { ...tiny, analytic: true }),
    peers: 16,
  },
  { name: 'ViT-Tiny q and v: Ravan, 4 heads of rank 8', spec: makeSpec('ravan', tiny), peers: 16 },
]

const KINDS = BASE.map(([kind]): MergeCase => ({
  name: `ViT-B/16 ${kind} of all layers: LoRM B-step`,
  spec: makeSpec('lorm', { ...base, targets: only(kind) }),
  peers: 16,
}))

const LARGE: readonly MergeCase[] = [
  { name: 'ViT-B/16: LoRM B-step, rank 16', spec: makeSpec('lorm', base), peers: 16 },
  ...KINDS,
  { name: 'ViT-B/16: Ravan, 4 heads of rank 16', spec: makeSpec('ravan', base), peers: 16 },
  ...(['qkv', 'proj', 'fc1'] as const).map((kind) => aStep(kind, full)),
  aStep('fc2', full),
  ...(['qkv', 'fc2'] as const).map((kind) => aStep(kind, { form: 'top-k', k: 16 })),
  ...(['qkv', 'proj', 'fc1'] as const).map(bStepOfInputs),
  aStep('all', full),
  aStep('all', { form: 'top-k', k: 16 }),
]

/** One layer only: full Grams of twelve are 270 MB a site. */
function aStep(kind: string, grams: GramSpec): MergeCase {
  const targets = kind === 'all' ? BASE : only(kind)
  return {
    name: `ViT-B/16, one layer, ${kind}: LoRM A-step, ${grams.form === 'full' ? 'full Grams' : 'top-16 Grams'}`,
    spec: makeSpec('lorm', { targets, layers: 1, rank: 16, trains: 'A', grams }),
    peers: 16,
    slowReference: kind === 'fc2' || kind === 'all',
  }
}

/** The B-step as it was published, from the Grams of the inputs. */
function bStepOfInputs(kind: string): MergeCase {
  return {
    name: `ViT-B/16, one layer, ${kind}: LoRM B-step, full Grams`,
    spec: makeSpec('lorm', { targets: only(kind), layers: 1, rank: 16, grams: full }),
    peers: 16,
  }
}

const PEERS: readonly MergeCase[] = [4, 16, 64, 256, 1024].flatMap((peers) => [
  { name: `${peers} peers, ViT-Tiny q and v: LoRM B-step, rank 8`, spec: makeSpec('lorm', tiny), peers },
  {
    name: `${peers} peers, ViT-Tiny q and v: Ravan, 4 heads of rank 8`,
    spec: makeSpec('ravan', tiny),
    peers,
  },
])

export const GROUPS: Readonly<Record<string, readonly MergeCase[]>> = {
  small: SMALL,
  large: LARGE,
  peers: PEERS,
}
