import type { Safetensors, SafetensorsEntry } from '../../merge/index.ts'
import { gramFacts, type GramFacts } from './gram-facts.ts'

/** What a tensor holds. Numbers are null where the entries are no floating-point numbers, there are none, or they were not read. */
export interface TensorFacts {
  readonly name: string
  readonly type: string
  readonly shape: readonly number[]
  /** Of the finite entries. */
  readonly min: number | null
  readonly max: number | null
  /** Root of the sum of squares of the finite entries. */
  readonly norm: number | null
  readonly nonFinite: number | null
  /** One for each packed Gram in it. */
  readonly grams: readonly GramFacts[]
}

/** Tensors are looked at one at a time, so that memory holds one; larger ones are named only. */
const MAX_TENSOR_BYTES = 512 * 1024 * 1024

const READ_AS_NUMBERS: ReadonlySet<string> = new Set(['F64', 'F32', 'F16', 'BF16'])

/** @param isPacked - whether a tensor of the name `gram/…` holds packed Grams rather than another form */
export function tensorFacts(file: Safetensors, isPacked: (name: string) => boolean): TensorFacts[] {
  return [...file.entries].map(([name, entry]) => {
    const { type, shape } = entry
    const isRead = READ_AS_NUMBERS.has(type) && entry.byteLength <= MAX_TENSOR_BYTES
    if (!isRead) return { name, type, shape, min: null, max: null, norm: null, nonFinite: null, grams: [] }
    const { data } = file.tensor(name)
    return { name, type, shape, ...range(data), grams: isPacked(name) ? gramsOf(entry, data) : [] }
  })
}

function range(data: Float32Array): Pick<TensorFacts, 'min' | 'max' | 'norm' | 'nonFinite'> {
  let [min, max, squares, nonFinite] = [Infinity, -Infinity, 0, 0]
  for (const value of data) {
    if (Number.isFinite(value)) {
      if (value < min) min = value
      if (value > max) max = value
      squares += value * value
    } else nonFinite++
  }
  const isEmpty = data.length === nonFinite
  return { min: isEmpty ? null : min, max: isEmpty ? null : max, norm: isEmpty ? null : Math.sqrt(squares), nonFinite } // prettier-ignore
}

/** One packed Gram, or one for each row. */
function gramsOf({ shape }: SafetensorsEntry, data: Float32Array): GramFacts[] {
  const length = shape.at(-1) ?? 0
  if (shape.length > 2 || length === 0) return []
  return Array.from({ length: data.length / length }, (_, row) => gramFacts(data.subarray(row * length, (row + 1) * length))).filter((facts) => facts !== undefined) // prettier-ignore
}
