import { ShapeMismatchError } from '../../errors.ts'
import { compareCodeUnits } from '../units/canonical-order.ts'
import { encodeBfloat16, encodeFloat16 } from './half-precision.ts'
import { littleEndianBytes } from './little-endian.ts'
import type { Tensor, WireType } from '../types.ts'

/** A tensor of numbers, or of bytes as they are (`U8`). */
export type WritableTensor = Tensor | { readonly shape: readonly number[]; readonly data: Uint8Array }

export interface SafetensorsWriteOptions {
  /** Number type of all tensors, or of each by its name; F16 and BF16 round to nearest, ties to even. @default 'F32' */
  readonly type?: WireType | ((name: string) => WireType)
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * The safetensors file of these tensors; the same tensors always give the same bytes: names ascending by code units,
 * header without spaces but padded with them to a multiple of eight bytes, data in the order of the names.
 *
 * @throws ShapeMismatchError - a tensor's data has not as many entries as its shape says
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  options: SafetensorsWriteOptions = {},
): Uint8Array {
  return joined(safetensorsParts(tensors, options))
}

/**
 * The same bytes in parts, for a file that is written without another copy of it in memory. Parts may be the tensors' own memory.
 *
 * @throws ShapeMismatchError - a tensor's data has not as many entries as its shape says
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, WritableTensor>,
  options: SafetensorsWriteOptions = {},
): readonly Uint8Array[] {
  const { type = 'F32', metadata } = options
  const header: [string, unknown][] = metadata === undefined ? [] : [['__metadata__', metadata]]
  const parts: Uint8Array[] = []
  let at = 0
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => compareCodeUnits(a, b))) {
    const expected = shape.reduce((product, size) => product * size, 1)
    if (expected !== data.length) throw new ShapeMismatchError(name, [expected], [data.length])
    const [dtype, bytes] = encode(data, typeof type === 'function' ? type(name) : type)
    header.push([name, { dtype, shape, data_offsets: [at, at + bytes.length] }])
    parts.push(bytes)
    at += bytes.length
  }
  return [...encodeHeader(header), ...parts]
}

function encode(data: Float32Array | Uint8Array, type: WireType): [WireType | 'U8', Uint8Array] {
  if (data instanceof Uint8Array) return ['U8', data]
  if (type === 'F32') return [type, littleEndianBytes(data)]
  return [type, littleEndianBytes(type === 'F16' ? encodeFloat16(data) : encodeBfloat16(data))]
}

/** Its length, then one member after the other: an object would move names that look like numbers to the front. */
function encodeHeader(members: readonly (readonly [string, unknown])[]): readonly [Uint8Array, Uint8Array] {
  const text = members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')
  const bytes = new TextEncoder().encode(`{${text}}`)
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20)
  padded.set(bytes)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true)
  return [length, padded]
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}
