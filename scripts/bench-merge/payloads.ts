import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  contributionId,
  createRandom,
  encodeHeader,
  expectedTensors,
  frozenFactors,
  payloadRef,
  writeSafetensors,
  type ContributionHeader,
  type ContributionKind,
  type MergeSpec,
  type Random,
  type Tensor,
} from '../../src/merge/index.ts'
import { benchHeader } from '../bench-header.ts'

export const FROZEN = 'frozen.safetensors'
/** Samples of every site. */
const COUNT = 210

export interface Payload {
  readonly file: string
  readonly header: ContributionHeader
  readonly id: string
}

/** What every site would send, on disk, and the frozen factors, which nobody sends. */
export function writePayloads(folder: string, spec: MergeSpec, peers: number): Payload[] {
  writeFileSync(join(folder, FROZEN), writeSafetensors(frozenFactors(spec.adapter, spec.modules)))
  const kinds: ContributionKind[] =
    spec.classifier.rule === 'analytic' ? ['adapter', 'statistics'] : ['adapter']
  return kinds.flatMap((kind) =>
    Array.from({ length: peers }, (_, peer) => writePayload(folder, spec, peer, kind)),
  )
}

function writePayload(folder: string, spec: MergeSpec, peer: number, kind: ContributionKind): Payload {
  const random = createRandom(`${kind} ${peer}`)
  const layouts = [...expectedTensors(spec, kind)]
  const tensors = new Map(layouts.map(([name, { shape }]) => [name, randomTensor(random, name, shape, spec)]))
  if (kind === 'statistics') shareEvenly(tensors.get('classifier/gram')!, tensors.get('classifier/cross')!)
  const bytes = writeSafetensors(tensors)
  const file = join(folder, `${kind}-${peer}.safetensors`)
  writeFileSync(file, bytes)
  const header = benchHeader(spec, peer, kind, COUNT, payloadRef(bytes))
  return { file, header, id: contributionId(encodeHeader(header)) }
}

function randomTensor(random: Random, name: string, shape: readonly number[], spec: MergeSpec): Tensor {
  const length = shape.reduce((product, size) => product * size, 1)
  if (name === 'classifier/gram') return { shape, data: denseGram(random, COUNT, spec.features + 1, true) }
  if (name.startsWith('gram/')) return { shape, data: gramTensor(random, name, shape, spec) }
  return { shape, data: Float32Array.from({ length }, () => random.uniform() - 0.5) }
}

/** The cross product of samples whose seven classes have one mean. */
function shareEvenly(gram: Tensor, cross: Tensor): void {
  const size = cross.shape[0]!
  const sums = gram.data.subarray((size * (size - 1)) / 2)
  for (let i = 0; i < cross.data.length; i++) cross.data[i] = sums[Math.floor(i / 7)]! / 7
}

function gramTensor(random: Random, name: string, shape: readonly number[], spec: MergeSpec): Float32Array {
  const { rank } = spec.adapter
  if (name.endsWith('.vectors')) return unitRows(random, shape[0]!, shape[1]!)
  if (name.endsWith('.rest')) return Float32Array.of(0.5)
  if (spec.grams?.form === 'top-k') return Float32Array.from({ length: shape[0]! }, (_, j) => 200 / (j + 1))
  if (spec.grams?.form === 'full') return lowRankGram(random, shape[0]!)
  const blocks = Array.from({ length: shape.length === 2 ? shape[0]! : 1 }, () => [
    ...denseGram(random, rank + 8, rank),
  ])
  return Float32Array.from(blocks.flat())
}

/** XᵀX of random rows, packed; `ones` makes the last column of X ones. */
function denseGram(random: Random, rows: number, size: number, ones = false): Float32Array {
  const packed = new Float64Array((size * (size + 1)) / 2)
  for (let n = 0; n < rows; n++) {
    const x = Float64Array.from({ length: size }, (_, j) => (ones && j === size - 1 ? 1 : random.normal()))
    for (let i = 0, at = 0; i < size; i++) {
      for (let j = 0; j <= i; j++, at++) packed[at]! += x[i]! * x[j]!
    }
  }
  return new Float32Array(packed)
}

/** Four directions and a diagonal: as large as a real Gram, and cheap to make. */
function lowRankGram(random: Random, length: number): Float32Array {
  const size = (Math.sqrt(8 * length + 1) - 1) / 2
  const [a, b, c, d] = [0, 1, 2, 3].map(() => Float64Array.from({ length: size }, () => random.uniform() - 0.5)) as [Float64Array, Float64Array, Float64Array, Float64Array] // prettier-ignore
  const packed = new Float32Array(length)
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = 0; j < i; j++, at++)
      packed[at] = a[i]! * a[j]! + b[i]! * b[j]! + c[i]! * c[j]! + d[i]! * d[j]!
    packed[at++] = 1.2 + random.uniform()
  }
  return packed
}

function unitRows(random: Random, rows: number, size: number): Float32Array {
  const data = new Float32Array(rows * size)
  for (let j = 0; j < rows; j++) {
    const row = Float64Array.from({ length: size }, () => random.uniform() - 0.5)
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    data.set(
      row.map((value) => value / norm),
      j * size,
    )
  }
  return data
}
