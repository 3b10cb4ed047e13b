import { MalformedError } from '../../errors.ts'
import { readExactly, type ByteSource } from './byte-source.ts'
import { decodeBfloat16, decodeFloat16 } from './half-precision.ts'
import { float32FromBytes, float64FromBytes, uint16FromBytes } from './little-endian.ts'
import {
  readSafetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type SafetensorsType,
} from './safetensors-header.ts'
import type { Tensor } from '../types.ts'

export interface Safetensors extends SafetensorsHeader {
  /**
   * F32 as it is (without a copy where the source is aligned memory; do not write into it), F16 and BF16 exactly, F64
   * rounded to nearest.
   *
   * @throws MalformedError - no such tensor (`missing-tensor`), not a floating-point type (`wrong-type`), short read
   */
  tensor(name: string): Tensor
  /** Little-endian bytes, for any type. @throws MalformedError - no such tensor, short read */
  bytes(name: string): Uint8Array
}

/**
 * Opens a safetensors file: reads and checks its header, and tensors only when asked for.
 *
 * Layout: u64 little-endian length of the header, the header (a JSON object: name -> dtype, shape, data_offsets), data.
 * Tensors must cover the data exactly: no gap, no overlap, nothing behind the last.
 *
 * @throws MalformedError - anything else; `detail.reason` is one of truncated, header-too-large, bad-json, bad-header,
 *   too-many-tensors, bad-entry, bad-offsets
 */
export function openSafetensors(source: ByteSource, operand = 'safetensors'): Safetensors {
  const { entries, metadata } = readSafetensorsHeader(source, operand)
  const find = (name: string): SafetensorsEntry =>
    entries.get(name) ?? fail(operand, 'missing-tensor', `no tensor ${JSON.stringify(name)}`)
  const bytes = (name: string): Uint8Array => {
    const { offset, byteLength } = find(name)
    return readExactly(source, operand, offset, byteLength)
  }
  const tensor = (name: string): Tensor => {
    const { type, shape } = find(name)
    return { shape, data: toFloat32(`${operand}, tensor ${JSON.stringify(name)}`, type, bytes(name)) }
  }
  return { entries, metadata, tensor, bytes }
}

function toFloat32(operand: string, type: SafetensorsType, bytes: Uint8Array): Float32Array {
  if (type === 'F32') return float32FromBytes(bytes)
  if (type === 'F16') return decodeFloat16(uint16FromBytes(bytes))
  if (type === 'BF16') return decodeBfloat16(uint16FromBytes(bytes))
  if (type === 'F64') return new Float32Array(float64FromBytes(bytes))
  return fail(operand, 'wrong-type', `is ${type}, expected floating-point numbers`)
}

function fail(operand: string, reason: string, problem: string): never {
  throw new MalformedError(operand, problem, { reason })
}
