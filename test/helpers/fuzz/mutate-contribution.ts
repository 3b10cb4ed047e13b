import { signEnvelope, type Identity } from '../../../src/gossip/index.ts'
import { encodeHeader, payloadRef, writeContribution, type ContributionKind, type Random, type Tensor } from '../../../src/merge/index.ts' // prettier-ignore
import { encodeContainer } from '../../../src/node/contribution-container.ts'
import { mutateJson } from './mutate-json.ts'
import { EDGE_FLOATS, EDGE_NUMBERS, mutateBytes, pick, strangeValue } from './mutations.ts'
import { Entries, rawCbor } from './raw-cbor.ts'
import { honestContribution, type Honest, type Subject } from './subjects.ts'

/** Where a contribution is changed; everything around it is made to fit again, digests and signature included. */
export const LAYERS = ['file', 'envelope', 'header bytes', 'header fields', 'payload bytes', 'payload header', 'tensors', 'statistics', 'counts'] as const // prettier-ignore
export type Layer = (typeof LAYERS)[number]

/** A contribution file with something wrong at that layer, or, now and then, nothing. */
export async function mutateContribution(
  random: Random,
  subject: Subject,
  layer: Layer,
  identity: Identity,
): Promise<Uint8Array> {
  // prettier-ignore
  const { charter, spec } = subject
  const kinds: ContributionKind[] = spec.classifier.rule === 'analytic' ? ['adapter', 'statistics'] : ['adapter'] // prettier-ignore
  const made = honestContribution(charter, identity.peer, pick(random, kinds), 1 + random.below(9), random)
  switch (layer) {
    case 'file':
      return mutateBytes(random, await fileOf(encodeHeader(made.header), made.payload, identity))
    case 'envelope': {
      const { header, signature } = await signEnvelope(encodeHeader(made.header), identity)
      return encodeContainer({ envelope: mutateBytes(random, rawCbor({ header, signature })), payload: made.payload }) // prettier-ignore
    }
    case 'header bytes':
      return fileOf(mutateBytes(random, encodeHeader(made.header)), made.payload, identity)
    case 'header fields':
      return fileOf(strangeHeader(random, made), made.payload, identity)
    case 'payload bytes':
      return withPayload(made, mutateBytes(random, made.payload), identity)
    case 'payload header':
      return withPayload(made, strangePayloadHeader(random, made.payload), identity)
    case 'tensors':
      return withPayload(
        made,
        writeContribution(spec, made.header.kind, strangeTensors(random, made)),
        identity,
      )
    case 'statistics':
      return withPayload(
        made,
        writeContribution(spec, made.header.kind, scaledTensors(random, made)),
        identity,
      )
    case 'counts':
      return withPayload({ ...made, header: { ...made.header, ...strangeCounts(random, made) } }, made.payload, identity) // prettier-ignore
  }
}

/** Signed, whatever the header is; also where no encoder would write such an envelope. */
async function fileOf(headerBytes: Uint8Array, payload: Uint8Array, identity: Identity): Promise<Uint8Array> {
  const { header, signature } = await signEnvelope(headerBytes, identity)
  return encodeContainer({ envelope: rawCbor({ header, signature }), payload })
}

/** The header names this payload, so that only its content can be what is wrong. */
async function withPayload({ header }: Honest, payload: Uint8Array, identity: Identity): Promise<Uint8Array> {
  const ref = payload.length === 0 ? header.payload : payloadRef(payload)
  return fileOf(rawCbor({ ...header, payload: ref }), payload, identity)
}

function strangeHeader(random: Random, { header }: Honest): Uint8Array {
  const list: [string, unknown][] = Object.entries(header)
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.below(list.length)
    const [key, value] = list[at]!
    const other = strangeFor(random, value)
    const change = random.below(8)
    if (change === 0) list.splice(at, 1)
    else if (change === 1) list.push([key, other])
    else if (change === 2) list.push([pick(random, ['__proto__', 'constructor', 'x', '']), other])
    else list[at] = [key, other]
  }
  const canonical = random.below(4) > 0
  return rawCbor(canonical ? new Entries(sortedKeys(list)) : new Entries(list))
}

function strangeFor(random: Random, value: unknown): unknown {
  if (value === 'adapter' && random.below(2) === 0) return 'statistics'
  if (Array.isArray(value) && random.below(2) === 0) return value.map((item, i) => (i === random.below(value.length) ? strangeValue(random) : (item as unknown))) // prettier-ignore
  if (typeof value === 'object' && value !== null && random.below(2) === 0) {
    const entries = Object.entries(value)
    const at = random.below(entries.length)
    return Object.fromEntries(entries.map(([key, item], i) => [key, i === at ? strangeValue(random) : (item as unknown)])) // prettier-ignore
  }
  if (typeof value === 'number' && random.below(2) === 0) return pick(random, EDGE_NUMBERS)
  return strangeValue(random)
}

function sortedKeys(list: readonly (readonly [string, unknown])[]): (readonly [string, unknown])[] {
  return [...list].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0))
}

/** The JSON of the safetensors header changed in its text or in its values; its length tells the truth, or not. */
function strangePayloadHeader(random: Random, payload: Uint8Array): Uint8Array {
  const bytes = Buffer.from(payload)
  const length = Number(bytes.readBigUInt64LE(0))
  const text = mutateJson(random, bytes.subarray(8, 8 + length).toString('utf8'))
  const header = Buffer.from(text)
  const prefix = Buffer.alloc(8)
  const said =
    random.below(8) === 0 ? pick(random, [0, 2 ** 20, 2 ** 20 + 1, 2 ** 32, 2 ** 53]) : header.length
  prefix.writeBigUInt64LE(BigInt(said))
  return Buffer.concat([prefix, header, bytes.subarray(8 + length)])
}

/** Names, shapes, numbers of tensors; single entries at the edge of what a float can be. */
function strangeTensors(random: Random, { tensors }: Honest): Map<string, Tensor> {
  const list = [...tensors]
  for (let left = 1 + random.below(2); left > 0 && list.length > 0; left--) {
    const at = random.below(list.length)
    const [name, tensor] = list[at]!
    const data = tensor.data.slice()
    pick<() => unknown>(random, [
      () => (data[random.below(data.length)] = pick(random, EDGE_FLOATS)),
      () => (data[random.below(data.length)] = pick(random, EDGE_FLOATS)),
      () => data.fill(pick(random, EDGE_FLOATS)),
      () => data.forEach((value, i) => (data[i] = value * pick(random, EDGE_FLOATS))),
      () => list.splice(at, 1),
      () => list.push([pick(random, ['x', `${name}x`, 'adapter/query/head.2', 'adapter/query/lora_A', '__proto__', 'gram/none']), tensor]), // prettier-ignore
    ])()
    if (list[at]?.[0] === name) list[at] = [name, { shape: strangeShape(random, tensor.shape), data }]
  }
  return new Map(list)
}

function strangeShape(random: Random, shape: readonly number[]): readonly number[] {
  if (random.below(6) > 0) return shape
  return pick(random, [
    [...shape].reverse(),
    [shape.reduce((a, b) => a * b, 1)],
    [1, ...shape],
    [...shape, 1],
  ])
}

/** Tensors that stay well formed while what they say does not: scaled whole or by entry, made singular, made of one direction. */
function scaledTensors(random: Random, made: Honest): Map<string, Tensor> {
  const { tensors } = made
  if (made.header.kind === 'statistics' && random.below(2) === 0) return lyingStatistics(random, made)
  const isStatistic = (name: string): boolean => name.startsWith('gram/') || name === 'classifier/gram' || name === 'classifier/cross' // prettier-ignore
  const chosen = pick(random, [...tensors.keys()])
  const factor = pick(random, [0, 1e-45, 1e-30, 1e-12, 1e-6, 1e-3, 1e3, 1e6, 1e10, 1e12, 1e13, 1e20, 1e30, -1, NaN]) // prettier-ignore
  const all = random.below(2) === 0
  return new Map(
    [...tensors].map(([name, { shape, data }]): [string, Tensor] => {
      if (!(name === chosen || (all && isStatistic(name)))) return [name, { shape, data }]
      const copy = data.slice()
      pick<() => unknown>(random, [
        () => copy.forEach((value, i) => (copy[i] = value * factor)),
        () => copy.forEach((value, i) => (copy[i] = random.below(3) === 0 ? value * factor : value)),
        () => copy.fill(0).fill(1e3, copy.length - 1),
        () => copy.forEach((value, i) => (copy[i] = value * (1 + 1e-4 * random.normal()))),
        () => copy.forEach((_, i) => (copy[i] = 10 * random.normal())),
      ])()
      return [name, { shape, data: copy }]
    }),
  )
}

/** Features of one size in the Gram and of another in the cross product, every count as it should be. */
function lyingStatistics(random: Random, { tensors, header }: Honest): Map<string, Tensor> {
  const [gram, cross] = [tensors.get('classifier/gram')!, tensors.get('classifier/cross')!]
  const size = cross.shape[0]!
  const [inGram, inCross] = [pick(random, EDGE_SCALES), pick(random, EDGE_SCALES)]
  const last = gram.data.length - size
  return new Map([
    ['classifier/gram', { ...gram, data: gram.data.map((value, i) => (i === gram.data.length - 1 ? value : value * (i < last ? inGram * inGram : inGram))) }],
    ['classifier/cross', { ...cross, data: cross.data.map((value, i) => (i < (size - 1) * header.classCounts.length ? value * inCross : value)) }],
  ]) // prettier-ignore
}

const EDGE_SCALES = [1e-12, 1e-7, 1e-4, 0.99, 1, 1, 1.02, 100, 1e6, 1e18, 1e37, -1]

/** Counts that lie about each other, about the statistics, or about both alike. */
function strangeCounts(random: Random, { header }: Honest): Partial<Honest['header']> {
  const classCounts = header.classCounts.map((n) => (random.below(2) === 0 ? n : pick(random, [0, 1, 2, 3, 1000, 2 ** 24]))) // prettier-ignore
  const sum = classCounts.reduce((a, b) => a + b, 0)
  const count = pick(random, [sum, sum, header.count, 1, 2 ** 24])
  return { classCounts: random.below(6) === 0 ? classCounts.slice(1) : classCounts, count, generation: pick(random, [1, 2, 1000, 1_000_000]) } // prettier-ignore
}
