// What is mutated: one small charter for each adapter, rule, form of Grams and classifier, with honest contributions.
import { encodeEnvelope, signEnvelope, type Identity } from '../../../src/gossip/index.ts'
import { contributionId, createRandom, encodeHeader, expectedTensors, frozenDigest, gramForm, memorySource, openContribution, packedLength, payloadRef, writeContribution, type ContributionHeader, type ContributionKind, type ContributionView, type MergeSpec, type Random, type Tensor, type TensorMap } from '../../../src/merge/index.ts' // prettier-ignore
import { charterDigest, mergeSpecOf, parseCharter, type Charter } from '../../../src/node/charter.ts'
import { encodeContainer } from '../../../src/node/contribution-container.ts'

export interface Subject {
  readonly name: string
  readonly charter: Charter
  readonly digest: string
  readonly spec: MergeSpec
  /** Of the first two members, who are honest. */
  readonly honest: readonly ContributionView[]
}

export interface Honest {
  readonly header: ContributionHeader
  readonly tensors: TensorMap
  readonly payload: Uint8Array
}

const LORA = { kind: 'lora', rank: 2, alpha: 1, trains: 'B', seed: 'fuzz' }
const RAVAN = { kind: 'ravan', heads: 2, rank: 2, alpha: 1, seed: 'fuzz' }
const counts = { rule: 'counts' }
const analytic = (features: string): object => ({ rule: 'analytic', features, ridge: 1e-2 })
const discriminant = { rule: 'analytic', features: 'frozen', fit: 'discriminant', ridge: 1e-3 }

const VARIANTS: Readonly<Record<string, object>> = {
  lorm: { adapter: LORA, rule: 'lorm', classifier: counts },
  'lorm, full Grams': { adapter: LORA, rule: 'lorm', grams: { form: 'full', shrink: 0.5 }, ridge: 1e-4, classifier: counts },
  'lorm on A, top eigenpairs': { adapter: { ...LORA, trains: 'A' }, rule: 'lorm', grams: { form: 'top-k', k: 2 }, classifier: counts },
  'lorm on A, diagonals': { adapter: { ...LORA, trains: 'A' }, rule: 'lorm', grams: { form: 'diagonal' }, classifier: counts },
  'mean of A and B': { adapter: { ...LORA, trains: 'AB' }, rule: 'mean', classifier: analytic('frozen') },
  ravan: { adapter: RAVAN, rule: 'ravan', classifier: analytic('merged') },
  'ravan, joint Grams': { adapter: RAVAN, rule: 'ravan', grams: { form: 'joint' }, classifier: counts },
  'lorm in half precision': { adapter: LORA, rule: 'lorm', wire: { factors: 'F16', grams: 'BF16' }, ridge: 1e-2, classifier: counts },
  'lorm on A in half precision': { adapter: { ...LORA, trains: 'A' }, rule: 'lorm', grams: { form: 'full' }, wire: { factors: 'BF16', grams: 'BF16' }, ridge: 1e-2, classifier: counts },
  'ravan, fading': { adapter: RAVAN, rule: 'ravan', decay: 1e-6, classifier: discriminant },
} // prettier-ignore

export function subjects(members: readonly Identity[]): readonly Subject[] {
  return Object.entries(VARIANTS).map(([name, variant]) => {
    const charter = parseCharter(JSON.stringify(charterOf(variant, members)), name)
    const [digest, spec] = [charterDigest(charter), mergeSpecOf(charter)]
    const kinds: ContributionKind[] = spec.classifier.rule === 'analytic' ? ['adapter', 'statistics'] : ['adapter'] // prettier-ignore
    const honest = members.slice(0, 2).flatMap(({ peer }, i) => kinds.map((kind, j) => view(honestContribution(charter, peer, kind, 1 + j, createRandom(`honest ${name} ${i} ${j}`))))) // prettier-ignore
    return { name, charter, digest, spec, honest }
  })
}

function charterOf(variant: object, members: readonly Identity[]): object {
  return {
    v: 1, kernel: 1, name: 'fuzz', backbone: { digest: '00'.repeat(32), modelType: 'vit', hiddenSize: 3 }, input: { kind: 'image', side: 8 },
    classes: ['a', 'b', 'c'], modules: [{ name: 'query', in: 5, out: 4 }, { name: 'dense', in: 4, out: 6 }],
    ridge: 1e-6, decay: 0.5, schedule: { kind: 'continuous', contributionsPerTask: 3 },
    training: { epochs: 1, batchSize: 1, learningRate: 0.002, weightDecay: 0 }, floors: { samples: 4, perClass: 2 },
    limits: { maxCount: 2 ** 20, maxAbs: 1e4, maxGenerationLead: 1000 }, privacy: { noise: 0, masked: false },
    members: members.map(({ peer }, i) => ({ id: peer, name: `site ${i}` })), ...variant,
  } // prettier-ignore
}

export function honestContribution(
  charter: Charter,
  peer: string,
  kind: ContributionKind,
  sequence: number,
  random: Random,
): Honest {
  // prettier-ignore
  const spec = mergeSpecOf(charter)
  const classCounts = spec.classes.map(() => 2 + random.below(6))
  const tensors = kind === 'adapter' ? adapterTensors(spec, random) : statistics(spec, classCounts, random)
  const payload = writeContribution(spec, kind, tensors)
  const digest = charterDigest(charter)
  const anchored = kind === 'statistics' && spec.classifier.rule === 'analytic' && spec.classifier.features === 'merged' // prettier-ignore
  const header: ContributionHeader = {
    v: 1, kernel: 1, consortium: digest, charter: digest, peer, sequence, generation: 1 + random.below(3), task: null, round: null, phase: null, kind, base: null,
    anchor: anchored ? 'ab'.repeat(32) : null, frozen: frozenDigest(spec.adapter, spec.modules), count: classCounts.reduce((a, b) => a + b),
    classCounts, payload: payloadRef(payload), noise: 0, masked: false,
  } // prettier-ignore
  return { header, tensors, payload }
}

function view({ header, payload }: Honest): ContributionView {
  return openContribution(contributionId(encodeHeader(header)), header, memorySource(payload))
}

function adapterTensors(spec: MergeSpec, random: Random): TensorMap {
  const result = new Map<string, Tensor>()
  for (const [name, { shape }] of expectedTensors(spec, 'adapter')) {
    const module = spec.modules.find((one) => name.startsWith(`gram/${one.name}`))
    result.set(name, module === undefined ? normal(random, shape) : gramTensor(spec, name, shape, module.in, random)) // prettier-ignore
  }
  return result
}

function gramTensor(
  spec: MergeSpec,
  name: string,
  shape: readonly number[],
  width: number,
  random: Random,
): Tensor {
  // prettier-ignore
  const form = gramForm(spec)!
  const data = (values: readonly number[]): Tensor => ({ shape, data: Float32Array.from(values) })
  if (name.endsWith('.vectors')) return data(Array.from({ length: shape[0]! * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0))) // prettier-ignore
  if (name.endsWith('.rest')) return data([0.5])
  if (form.form === 'top-k') return data([9, 3])
  if (form.form === 'diagonal') return data(Array.from({ length: width }, () => 1 + random.uniform()))
  const length = shape.at(-1)!
  const size = Math.round((Math.sqrt(8 * length + 1) - 1) / 2)
  return data(Array.from({ length: shape.length > 1 ? shape[0]! : 1 }, () => packedGram(rows(random, size + 4, size))).flat()) // prettier-ignore
}

function statistics(spec: MergeSpec, classCounts: readonly number[], random: Random): TensorMap {
  const labels = classCounts.flatMap((n, c) => new Array<number>(n).fill(c))
  const samples = rows(random, labels.length, spec.features).map((row) => [...row, 1])
  const size = spec.features + 1
  const cross = new Float32Array(size * classCounts.length)
  samples.forEach((row, n) =>
    row.forEach((value, i) => (cross[i * classCounts.length + labels[n]!]! += value)),
  )
  return new Map([
    ['classifier/gram', { shape: [packedLength(size)], data: Float32Array.from(packedGram(samples)) }],
    ['classifier/cross', { shape: [size, classCounts.length], data: cross }],
  ])
}

function packedGram(samples: readonly (readonly number[])[]): number[] {
  const packed = []
  for (let i = 0; i < samples[0]!.length; i++) for (let j = 0; j <= i; j++) packed.push(samples.reduce((sum, row) => sum + row[i]! * row[j]!, 0)) // prettier-ignore
  return packed
}

const rows = (random: Random, count: number, width: number): number[][] =>
  Array.from({ length: count }, () => Array.from({ length: width }, () => random.normal()))

function normal(random: Random, shape: readonly number[]): Tensor {
  return {
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  }
}

/** A contribution file with a valid signature, whatever the header bytes are. */
export async function signedFile(
  headerBytes: Uint8Array,
  payload: Uint8Array,
  identity: Identity,
): Promise<Uint8Array> {
  // prettier-ignore
  const envelope = await signEnvelope(headerBytes, identity)
  return encodeContainer({ envelope: encodeEnvelope(envelope), payload })
}

export { encodeHeader }
