import { ShapeMismatchError } from '../../errors.ts'
import { compareCodeUnits } from '../units/canonical-order.ts'
import { encodeFloat16 } from './half-precision.ts'
import { littleEndianBytes } from './little-endian.ts'
import type { TensorMap } from '../types.ts'

export interface SafetensorsWriteOptions {
  /** F16 rounds to nearest, ties to even. @default 'F32' */
  readonly type?: 'F32' | 'F16'
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * The safetensors file of these tensors; the same tensors always give the same bytes: names ascending by code units,
 * header without spaces but padded with them to a multiple of eight bytes, data in the order of the names.
 *
 * @throws ShapeMismatchError - a tensor's data has not as many entries as its shape says
 */
export function writeSafetensors(tensors: TensorMap, options: SafetensorsWriteOptions = {}): Uint8Array {
  const type = options.type ?? 'F32'
  const header: [string, unknown][] =
    options.metadata === undefined ? [] : [['__metadata__', options.metadata]]
  const parts: Uint8Array[] = []
  let at = 0
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => compareCodeUnits(a, b))) {
    const expected = shape.reduce((product, size) => product * size, 1)
    if (expected !== data.length) throw new ShapeMismatchError(name, [expected], [data.length])
    const bytes = littleEndianBytes(type === 'F32' ? data : encodeFloat16(data))
    header.push([name, { dtype: type, shape, data_offsets: [at, at + bytes.length] }])
    parts.push(bytes)
    at += bytes.length
  }
  return assemble(encodeHeader(header), parts, at)
}

/** One member after the other: an object would move names that look like numbers to the front. */
function encodeHeader(members: readonly (readonly [string, unknown])[]): Uint8Array {
  const text = members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')
  const bytes = new TextEncoder().encode(`{${text}}`)
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20)
  padded.set(bytes)
  return padded
}

function assemble(header: Uint8Array, parts: readonly Uint8Array[], dataLength: number): Uint8Array {
  const result = new Uint8Array(8 + header.length + dataLength)
  new DataView(result.buffer).setBigUint64(0, BigInt(header.length), true)
  result.set(header, 8)
  let at = 8 + header.length
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}
