// Builders for tests: a small charter and admissible contributions of made-up sites, from a seed.
import {
  createRandom,
  expectedTensors,
  packedLength,
  type Tensor,
  type TensorMap,
} from '../../../src/merge/index.ts'
import {
  assembleContribution,
  type AssembledContribution,
  type ContributionDraft,
} from '../../../src/node/assemble-contribution.ts'
import { buildCharter, type CharterOptions } from '../../../src/node/build-charter.ts'
import { mergeSpecOf, type Charter } from '../../../src/node/charter.ts'

export const MODULE = 'vit.encoder.layer.0.attention.attention.query'
const FEATURES = 10

export function sampleCharter(
  members: CharterOptions['members'],
  change: Partial<CharterOptions> = {},
): Charter {
  return buildCharter(
    {
      name: 'castings',
      classes: ['crack', 'pore', 'scratch'],
      imageSize: 48,
      members,
      targets: ['query'],
      adapter: { kind: 'ravan', heads: 2, rank: 3, alpha: 0.7, seed: 'castings' },
      ...change,
    },
    {
      digest: '5e'.repeat(32),
      modelType: 'vit',
      hiddenSize: FEATURES,
      modality: 'image',
      extent: 224,
      inputs: [],
      defaultTargets: ['query', 'value'],
      linears: [{ name: MODULE, in: FEATURES, out: FEATURES }],
    },
  )
}

/** An admissible contribution whose numbers follow from `seed`. */
export function sampleContribution(
  charter: Charter,
  peer: string,
  sequence: number,
  change: Partial<ContributionDraft> = {},
  seed = `${peer} ${sequence}`,
): AssembledContribution {
  const kind = change.kind === 'statistics' ? change.kind : 'adapter'
  const classCounts = change.classCounts ?? [9, 14, 7]
  return assembleContribution(charter, peer, sequence, {
    kind,
    generation: sequence,
    task: null,
    base: null,
    anchor: kind === 'statistics' ? 'a7'.repeat(32) : null,
    count: classCounts.reduce((sum, n) => sum + n, 0),
    classCounts,
    tensors: sampleTensors(charter, kind, classCounts, seed),
    ...change,
  })
}

export function sampleTensors(
  charter: Charter,
  kind: 'adapter' | 'statistics',
  classCounts: readonly number[],
  seed: string,
): TensorMap {
  const random = createRandom(seed)
  const rows = classCounts.flatMap((n, label) =>
    Array.from({ length: n }, () => ({ label, x: Array.from({ length: FEATURES }, () => random.normal()) })),
  )
  if (kind === 'statistics') return statisticsTensors(rows, classCounts.length)
  const tensors = new Map<string, Tensor>()
  for (const [name, { shape }] of expectedTensors(mergeSpecOf(charter), 'adapter')) {
    const size = shape.reduce((product, n) => product * n, 1)
    const data = name.startsWith('gram/')
      ? gramOfHeads(shape[0]!, rows.map(({ x }) => x)) // prettier-ignore
      : Float32Array.from({ length: size }, () => 0.3 * random.normal())
    tensors.set(name, { shape, data })
  }
  return tensors
}

/** Packed lower triangles of ZᵀZ, one per head, from different columns of the rows. */
function gramOfHeads(heads: number, rows: readonly (readonly number[])[]): Float32Array {
  const rank = 3
  const packed = Array.from({ length: heads }, (_, head) =>
    packedGram(rows.map((x) => x.slice(head * rank, (head + 1) * rank))),
  )
  return Float32Array.from(packed.flat())
}

function packedGram(rows: readonly (readonly number[])[]): number[] {
  const size = rows[0]?.length ?? 0
  const packed = []
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) packed.push(rows.reduce((sum, x) => sum + x[i]! * x[j]!, 0))
  }
  return packed
}

function statisticsTensors(
  rows: readonly { readonly label: number; readonly x: readonly number[] }[],
  classes: number,
): TensorMap {
  const cross = new Float32Array((FEATURES + 1) * classes)
  for (const { label, x } of rows) [...x, 1].forEach((value, i) => (cross[i * classes + label]! += value))
  const gram = Float32Array.from(packedGram(rows.map(({ x }) => [...x, 1])))
  return new Map([
    ['classifier/gram', { shape: [packedLength(FEATURES + 1)], data: gram }],
    ['classifier/cross', { shape: [FEATURES + 1, classes], data: cross }],
  ])
}
